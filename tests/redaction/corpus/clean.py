"""Lines of logs with no personal data and no secret: what real services, kernels, clusters and clouds
write. The forms are those of the programs; every value is made up. IP and MAC addresses are in
`other`: the detectors for them are off by default, and right where they hide one."""

import itertools

from fields import Fields
from sample import Sample, Template, Value, render

FORMS = [
    # sshd, sudo, pam, cron, systemd, kernel
    (
        "syslog",
        "{{syslog}} {{host}} sshd[{{pid}}]: Accepted publickey for {{user}} from {{ip}} port {{port}} ssh2: ED25519 SHA256:{{b43}}",
    ),
    (
        "syslog",
        "{{syslog}} {{host}} sshd[{{pid}}]: Failed password for invalid user {{user}} from {{ip}} port {{port}} ssh2",
    ),
    (
        "syslog",
        "{{syslog}} {{host}} sshd[{{pid}}]: Disconnected from authenticating user root {{ip}} port {{port}} [preauth]",
    ),
    (
        "syslog",
        "{{syslog}} {{host}} sudo[{{pid}}]: {{user}} : TTY=pts/{{d}} ; PWD=/home/{{user}} ; USER=root ; COMMAND=/usr/bin/systemctl restart {{service}}",
    ),
    (
        "syslog",
        "{{syslog}} {{host}} sudo: pam_unix(sudo:auth): authentication failure; logname={{user}} uid=1000 euid=0 tty=/dev/pts/{{d}} ruser={{user}} rhost=  user={{user}}",
    ),
    (
        "syslog",
        "{{syslog}} {{host}} CRON[{{pid}}]: (root) CMD (test -x /usr/sbin/anacron || run-parts --report /etc/cron.daily)",
    ),
    ("syslog", "{{syslog}} {{host}} systemd[1]: Started user@{{uid4}}.service - User Manager for UID {{uid4}}."),
    ("syslog", "{{syslog}} {{host}} systemd[1]: getty@tty{{d}}.service: Deactivated successfully."),
    ("syslog", "{{syslog}} {{host}} systemd[1]: session-{{n}}.scope: Consumed {{ms}}ms CPU time."),
    (
        "syslog",
        '{{syslog}} {{host}} kernel: [{{n}}{{n}}.{{six}}] audit: type=1400 audit({{epoch}}.{{n}}:{{n}}): apparmor="DENIED" operation="open" profile="snap.{{service}}" name="/proc/{{pid}}/status" pid={{pid}} comm="{{service}}"',
    ),
    ("syslog", "{{syslog}} {{host}} kernel: eth0: link up, 1000Mbps, full-duplex, lpa 0x{{h4}}, hwaddr {{mac}}"),
    ("syslog", "{{syslog}} {{host}} dhclient[{{pid}}]: DHCPACK of {{ip}} from {{ip}} (xid=0x{{h8}})"),
    (
        "syslog",
        '<{{pri}}>1 {{ts_ms}} {{fqdn}} {{service}} {{pid}} ID{{n}} [exampleSDID@32473 iut="{{d}}" eventSource="App" eventID="{{n}}"] {{verb}} {{outcome}}',
    ),
    (
        "auditd",
        'type=SYSCALL msg=audit({{epoch}}.{{n}}:{{n}}): arch=c000003e syscall=59 success=yes exit=0 a0={{h12}} a1={{h12}} ppid={{pid}} pid={{pid}} auid=1000 uid=0 gid=0 tty=pts0 ses={{d}} comm="id" exe="/usr/bin/id" key="exec"',
    ),
    (
        "auditd",
        "type=USER_LOGIN msg=audit({{epoch}}.{{n}}:{{n}}): pid={{pid}} uid=0 auid={{uid4}} ses={{n}} subj=unconfined msg='op=login id={{uid4}} exe=\"/usr/sbin/sshd\" hostname=? addr={{ip}} terminal=/dev/pts/{{d}} res=success'",
    ),
    ("auditd", 'type=EXECVE msg=audit({{epoch}}.{{n}}:{{n}}): argc=3 a0="cat" a1="-n" a2="/etc/hosts"'),
    # web servers, proxies
    ("access", '{{ip}} - {{user}} [{{clf}}] "{{method}} {{path}} HTTP/1.1" {{status}} {{size}} "-" "{{agent}}"'),
    (
        "access",
        '{{ip}} - - [{{clf}}] "{{method}} {{path}}?page={{n}}&sort=asc&order={{order}} HTTP/2.0" {{status}} {{size}} "https://{{fqdn}}/" "{{agent}}" rt=0.{{n}} uct="0.00{{d}}" request_id={{trace}}',
    ),
    (
        "access",
        '[{{ts_ms}}] "{{method}} {{path}} HTTP/1.1" {{status}} - {{size}} {{n}} {{ms}} {{ms}} "{{ip}}" "{{agent}}" "{{uuid}}" "{{fqdn}}" "{{ip}}:{{port}}"',
    ),
    (
        "access",
        '{{syslog}} {{host}} haproxy[{{pid}}]: {{ip}}:{{port}} [{{clf}}] fe_main be_{{service}}/{{host}} {{d}}/0/{{d}}/{{ms}}/{{ms}} {{status}} {{size}} - - ---- {{n}}/{{n}}/{{d}}/{{d}}/0 0/0 "{{method}} {{path}} HTTP/1.1"',
    ),
    (
        "access",
        '2026/11/22 10:11:12 [error] {{pid}}#{{d}}: *{{size}} upstream timed out (110: Connection timed out) while reading response header from upstream, client: {{ip}}, server: {{fqdn}}, request: "{{method}} {{path}} HTTP/1.1", upstream: "http://{{ip}}:{{port}}{{path}}"',
    ),
    (
        "access",
        "1 {{epoch_ms}} {{ms}} {{ip}} TCP_MISS/{{status}} {{size}} {{method}} http://{{fqdn}}{{path}} - HIER_DIRECT/{{ip}} text/html",
    ),
    # Kubernetes
    (
        "k8s",
        '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"{{uuid}}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/{{ns}}/pods/{{pod}}","verb":"{{kverb}}","user":{"username":"system:serviceaccount:{{ns}}:{{service}}","uid":"{{uuid}}","groups":["system:serviceaccounts","system:authenticated"]},"sourceIPs":["{{ip}}"],"responseStatus":{"metadata":{},"code":{{status}}},"requestReceivedTimestamp":"{{ts}}","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \\"{{service}}\\""}}',
    ),
    (
        "k8s",
        '{"kind":"Event","level":"Request","auditID":"{{uuid}}","verb":"{{kverb}}","user":{"username":"system:node:{{host}}"},"objectRef":{"resource":"secrets","namespace":"{{ns}}","name":"{{service}}-tls","apiVersion":"v1","resourceVersion":"{{size}}"},"responseStatus":{"code":{{status}}},"stageTimestamp":"{{ts}}"}',
    ),
    (
        "k8s",
        'I1122 10:{{two}}:{{two}}.{{six}} {{pid}} reconciler.go:{{n}}] "Reconciler sync states: mount volume" pod="{{ns}}/{{pod}}" volume="kube-api-access-{{h5}}" uid="{{uuid}}"',
    ),
    (
        "k8s",
        'E1122 10:{{two}}:{{two}}.{{six}} 1 leaderelection.go:{{n}}] error retrieving resource lock {{ns}}/{{service}}: Get "https://{{ip}}:443/apis/coordination.k8s.io/v1/leases/{{service}}": context deadline exceeded',
    ),
    ("k8s", "{{ts}} stdout F {{service}} ready, image registry.internal/acme/{{service}}@sha256:{{sha}}"),
    ("k8s", "kubectl get pods -n {{ns}} -l app={{service}} -o jsonpath={.items[0].metadata.uid} -> {{uuid}}"),
    # clouds
    (
        "cloud",
        '{"eventVersion":"1.10","userIdentity":{"type":"AssumedRole","principalId":"AROA{{u17}}:{{service}}","arn":"arn:aws:sts::{{acct}}:assumed-role/{{service}}/{{host}}","accountId":"{{acct}}"},"eventTime":"{{ts_ms}}","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"{{region}}","sourceIPAddress":"{{ip}}","userAgent":"aws-cli/2.17","requestParameters":{"bucketName":"acme-{{service}}","key":"2026/11/part-{{n}}.parquet"},"requestID":"{{U16}}","eventID":"{{uuid}}","readOnly":true,"eventType":"AwsApiCall"}',
    ),
    (
        "cloud",
        '{"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::{{acct}}:user/{{user}}","userName":"{{user}}"},"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"Yes","MobileVersion":"No"},"sourceIPAddress":"{{ip}}","eventID":"{{uuid}}"}',
    ),
    ("cloud", "2 {{acct}} eni-{{h17}} {{ip}} {{ip}} {{port}} 443 6 {{n}} {{size}} {{epoch}} {{epoch}} ACCEPT OK"),
    (
        "cloud",
        '{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"storage.objects.get","resourceName":"projects/_/buckets/acme-{{service}}/objects/{{sha1}}"},"insertId":"{{U10}}","severity":"INFO","timestamp":"{{ts}}","trace":"projects/acme/traces/{{trace}}","spanId":"{{span}}"}',
    ),
    (
        "cloud",
        '{"time":"{{ts}}","operationName":"Microsoft.Storage/storageAccounts/read","category":"Administrative","resultType":"Success","callerIpAddress":"{{ip}}","correlationId":"{{uuid}}","level":"Informational","tenantId":"{{uuid}}","durationMs":{{ms}}}',
    ),
    # databases, brokers
    (
        "database",
        "{{sqlts}}.{{n}} UTC [{{pid}}] {{user}}@audit LOG:  duration: {{ms}}.{{n}} ms  statement: SELECT count(*) FROM events WHERE tenant = {{n}} AND at > '{{sqlts}}'",
    ),
    (
        "database",
        "{{sqlts}}.{{n}} UTC [{{pid}}] LOG:  checkpoint complete: wrote {{n}} buffers (0.{{d}}%); 0 WAL file(s) added; lsn={{d}}/{{H8}}, redo lsn={{d}}/{{H8}}",
    ),
    (
        "database",
        "{{ts}} {{n}} [Note] [MY-010914] [Server] Aborted connection {{n}} to db: 'audit' user: '{{user}}' host: '{{host}}' (Got timeout reading communication packets).",
    ),
    (
        "database",
        'AUDIT: SESSION,{{n}},1,READ,SELECT,TABLE,public.orders,"select * from orders where id = {{size}}",<none>',
    ),
    (
        "database",
        "[{{sqlts}},{{n}}] INFO [GroupCoordinator {{d}}]: Stabilized group {{service}} generation {{n}} (__consumer_offsets-{{d}}) with {{d}} members (kafka.coordinator.group.GroupCoordinator)",
    ),
    (
        "database",
        '{"t":{"$date":"{{ts_ms}}"},"s":"I","c":"COMMAND","id":{{five}},"ctx":"conn{{n}}","msg":"Slow query","attr":{"ns":"audit.events","planSummary":"IXSCAN","keysExamined":{{n}},"durationMillis":{{ms}}}}',
    ),
    # applications
    (
        "app",
        '{"@timestamp":"{{ts_ms}}","level":"INFO","logger":"com.acme.{{service}}.LoginService","message":"user logged in","user.id":"{{uid}}","session.id":"{{uuid}}","client.ip":"{{ip}}","duration_ms":{{ms}}}',
    ),
    (
        "app",
        '{"event":"{{verb}}","actor":{"id":"{{uid}}","roles":["auditor","viewer"]},"target":{"type":"order","id":"{{order}}"},"outcome":"{{outcome}}","trace_id":"{{trace}}","span_id":"{{span}}","time_unix_nano":{{epoch_ns}}}',
    ),
    (
        "app",
        'ts={{ts}} level=info component={{service}} msg="policy updated" password_policy=strict mfa=enabled token_type=bearer expires_in=3600 actor={{uid}}',
    ),
    (
        "app",
        'time="{{ts}}" level=warning msg="token expired" token_id={{uuid}} issuer=https://{{fqdn}} audience={{service}} status={{status}}',
    ),
    (
        "app",
        "{{ts}} WARN  [{{service}},{{trace}},{{span}}] {{pid}} --- [nio-{{port}}-exec-{{d}}] c.a.audit.RateLimiter : {{uid}} exceeded {{n}} requests in 60 s",
    ),
    (
        "app",
        "{{sqlts}},{{n}} - {{service}} - ERROR - Traceback (most recent call last): File \"/srv/{{service}}/app.py\", line {{n}}, in handle: KeyError: 'passenger'",
    ),
    (
        "app",
        "java.lang.IllegalStateException: lease {{uuid}} lost at com.acme.Lease@{{h8}} (Lease.java:{{n}}) caused by: java.util.concurrent.TimeoutException: {{ms}} ms",
    ),
    ("app", "goroutine {{n}} [running]: main.handle(0xc000{{h6}}, 0x{{h4}}) /src/{{service}}/main.go:{{n}} +0x{{h3}}"),
    (
        "app",
        "npm WARN deprecated {{service}}@{{version}}: use @acme/{{service}}@{{version}} (integrity sha512-{{b86}}==)",
    ),
    ("app", "commit {{sha1}} by {{user}}: bump tokenizer from {{version}} to {{version}}, author unchanged"),
    (
        "app",
        "order {{order}} shipped: {{n}} parcels, tracking {{track}}, weight {{n}}.{{d}} kg, total {{n}}.{{two}} EUR",
    ),
    ("app", "Vorgang {{order}}: Benutzer {{user}} hat die Kennwortrichtlinie geändert (Mindestlänge {{two}})"),
    ("app", "注文 {{order}} を処理しました（{{ms}} ms、担当 {{uid}}）"),
    ("app", "L'utilisateur {{uid}} a exporté {{n}} lignes vers /exports/{{uuid}}.csv"),
    ("app", "metric gauge heap_bytes={{size}} rss={{size}} uptime_ns={{epoch_ns}} rate=0.{{six}} p99=1.{{six}}e-{{d}}"),
    ("app", "backup {{service}}-{{epoch_us}}.tar.zst sha256={{sha}} size={{size}} offset={{epoch_ms}} ok"),
    (
        "windows",
        '{"EventID":4624,"Channel":"Security","Computer":"{{fqdn}}","TargetUserSid":"S-1-5-21-{{ten}}-{{ten}}-{{ten}}-{{uid4}}","TargetUserName":"{{user}}","LogonType":{{d}},"IpAddress":"{{ip}}","LogonGuid":"{{{uuid}}}","ProcessId":"0x{{h4}}"}',
    ),
    (
        "windows",
        "An account failed to log on. Subject: Security ID: S-1-5-18 Account Name: {{host}}$ Logon ID: 0x{{h5}} Failure Reason: %%2313 Status: 0xC000006D Sub Status: 0xC000006A",
    ),
    (
        "network",
        "%ASA-6-302013: Built inbound TCP connection {{size}} for outside:{{ip}}/{{port}} ({{ip}}/{{port}}) to inside:{{ip}}/443 ({{ip}}/443)",
    ),
    (
        "network",
        "CEF:0|Acme|Gateway|{{version}}|{{n}}|{{verb}} {{outcome}}|{{d}}|src={{ip}} dst={{ip}} spt={{port}} dpt=443 smac={{mac}} suser={{user}} rt={{epoch_ms}} externalId={{size}}",
    ),
    (
        "network",
        "IN=eth0 OUT= MAC={{mac}}:{{h2}}:{{h2}}:{{h2}}:{{h2}}:{{h2}}:{{h2}}:08:00 SRC={{ip}} DST={{ip}} LEN=60 TOS=0x00 TTL=5{{d}} ID={{port}} DF PROTO=TCP SPT={{port}} DPT=22 WINDOW=64240 SYN",
    ),
    (
        "network",
        "{{epoch}}.{{six}} C{{b17}} {{ip}} {{port}} {{ip6}} 53 udp dns 0.00{{n}} {{n}} {{n}} SF - - 0 Dd 1 {{n}} 1 {{n}} -",
    ),
]


class LogFields(Fields):
    """The fields that only logs have."""

    KUBERNETES = ["get", "list", "watch", "create", "update", "patch", "delete"]

    def kverb(self):
        return self.rng.choice(self.KUBERNETES)

    def _some(self, alphabet, length):
        return "".join(self.rng.choice(alphabet) for _ in range(length))

    def __getattr__(self, name):
        """`h4`: that many hex digits; `b43`: of base64; `u17` and `U16`: of base32."""
        kind, length = name[:1], name[1:]
        if kind not in "hHbuU" or not length.isdigit():
            raise AttributeError(name)
        alphabet = {
            "h": "0123456789abcdef",
            "H": "0123456789ABCDEF",
            "b": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "u": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "U": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        }[kind]
        return lambda: self._some(alphabet, int(length))

    def d(self):
        return str(self.rng.randint(0, 9))

    def two(self):
        return self._some("0123456789", 2)

    def five(self):
        return self.digits(5)

    def six(self):
        return self._some("0123456789", 6)

    def ten(self):
        return self.digits(10)

    def pri(self):
        return str(self.rng.randint(1, 191))

    def uid4(self):
        return str(self.rng.randint(1000, 1999))

    def acct(self):
        return self.digits(12)

    def track(self):
        return self._some("ABCDEFGHJKLMNPRSTUVWXYZ", 2) + self.digits(9) + self._some("ABCDEFGHJKLMNPRSTUVWXYZ", 2)


def samples(rng, count):
    """`count` lines, every form about as often as any other, none twice."""
    seen = set()
    for index in itertools.cycle(range(len(FORMS))):
        if len(seen) == count:
            return
        place, form = FORMS[index]
        template = Template(f"{place}/{index}", place, form)
        text, _, other = render(template, Value(""), LogFields(rng))
        if text not in seen:
            seen.add(text)
            yield Sample(None, None, template.id, place, None, text, [], other)
