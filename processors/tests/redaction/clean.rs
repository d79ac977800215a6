//! Audit records without secrets come out as they went in.

use super::{logs, pair, redact, redaction, string, text};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pdata::Signal;

/// Values that look like something and are nothing to hide.
const TEXTS: &[&str] = &[
    // An id that has the length and the remainder of a Belgian account, whose numbers are of digits.
    "span be1490577630cdc3 of 7",
    "10.4.200.17",
    "192.168.100.200:54321",
    "203.0.113.255",
    "2001:db8:85a3::8a2e:370:7334",
    "::1",
    "fe80::1%eth0",
    "[2001:db8::1]:443",
    "10.42.0.0/16",
    "00:1b:44:11:3a:b7",
    "0a-1b-2c-3d-4e-5f",
    "550e8400-e29b-41d4-a716-446655440000",
    "018f3a2c-1d00-7000-8000-000000000001",
    "0f4c8e9a7b6d5c4f3e2d1c0b9a8f7e6d",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "00f067aa0ba902b7",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "01J9ZQ4X8V3K2M7N5P6R8S9T0W",
    "507f1f77bcf86cd799439011",
    "2026-11-22T06:24:25Z",
    "2026-11-22T06:24:25.123456789+01:00",
    "2026-11-22 06:24:25,123",
    "22/Nov/2026:06:24:25 +0000",
    "Sun, 22 Nov 2026 06:24:25 GMT",
    "1760000000",
    "1760000000000",
    "1760000000000000",
    "1760000000000000000",
    "1795328665.123456",
    "06:24:25",
    "20261122062425",
    "2026-11-22-06-24-25",
    "auth-gateway-7d9f8b6c5d-x7k2p",
    "coredns-5dd5756b68-abcde",
    "kube-system/coredns",
    "ip-10-42-7-113.eu-west-1.compute.internal",
    "system:serviceaccount:identity:auth-gateway",
    "arn:aws:iam::123456789012:role/Admin",
    "123456789012",
    "612345678901",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
    "projects/acme/secrets/db/versions/3",
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.6613.137 Safari/537.36",
    "curl/8.9.1",
    "kubectl/v1.31.0 (linux/amd64) kubernetes/9edcffc",
    "okhttp/4.12.0",
    "python-requests/2.32.3",
    "https://auth.example.com:8443/oauth2/token?client=web&page=2#top",
    "/api/v2/accounts/1048576/documents",
    "/oauth2/token",
    "/api/v1/tenants/acme-corp/policies/default",
    "/scim/v2/Users",
    "http://[2001:db8::1]:8080/x?y=1:2",
    "s3://bucket/key=1/part-00000",
    "jdbc:postgresql://db.internal:5432/audit",
    "https://example.org/@maria/post",
    "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
    "4.18.2",
    "1.0.0-rc.1+build.5",
    "v1.31.0-eks-a18cd3a",
    "2024.11.22",
    "10.0.19045.4842",
    "lodash@4.17.21",
    "image@sha256",
    "registry.example.com/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "+1 202 555 0143",
    "+49 30 901820",
    "(202) 555-0143",
    "202-555-0143",
    "1-800-555-0199",
    "030 901820 55",
    "0041 44 668 18 00",
    "INV-2026-000123",
    "order 4539670182123451",
    "bseq-000000000123",
    "u-104233",
    "ticket 1234567890123456",
    "SO-4111-1111",
    "GET /api/v2/sessions HTTP/1.1",
    "200 OK",
    "status=200 bytes=5120 time=12ms",
    "level=info msg=\"request done\" took=1.5",
    "user=maria action=login outcome=success",
    "key=value",
    "a=b:c=d",
    "x: y",
    "error: permission denied",
    "reason: expired",
    "invalid token: expired",
    "Refresh token revoked by administrator",
    "Secret was read from the vault by a workload",
    "Sign-in refused after password check",
    "password changed",
    "Password policy: minimum length 12",
    "token: valid",
    "The bearer token was rejected",
    "Basic authentication is off",
    "authorization: denied",
    "authorization=allow.policy",
    "Cookie consent given",
    "credentials: none",
    "secret: not found",
    "session=0f4c8e9a",
    "password_policy=strict",
    "token_type=bearer",
    "tokens=1532",
    "AKIA",
    "ASIA-PACIFIC",
    "ACCAEXAMPLE",
    "keyboard layout eyJafjallajökull",
    "they.were.here",
    "-----BEGIN CERTIFICATE-----",
    "-----",
    "---------------------",
    "            ",
    "0000000000000000",
    "1111-1111-1111-1111",
    "9999999999999999999",
    "12 34 56 78 90 12 34 56",
    "3.141592653589793",
    "0.30000000000000004",
    "48.2081743,16.3738189",
    "-122.4194155 37.7749295",
    "1e100",
    "0x4539670182123456",
    "99.99%",
    "100,000,000.00",
    "12:34:56:78:90:12",
    "50-50-5050",
    "2026-11",
    "2026-W47-7",
    "978-3-16-148410-0",
    "4006381333931",
    "DE88 3704 0044 0532 0130 00",
    "日本語のログ 2026年11月22日",
    "naïve café",
    "Ωμέγα",
    "🔑 rotated",
    "C:\\Users\\maria\\file.txt",
    "/home/maria/.ssh/id_ed25519.pub",
    "ssh-ed25519",
    "SELECT id, name FROM users WHERE id = 42",
    "{\"user\":\"maria\",\"n\":1}",
    "[1, 2, 3]",
    "<a href=\"/x\">y</a>",
    "goroutine 1 [running]: main.main()",
    "at com.example.Auth.login(Auth.java:42)",
    "File \"auth.py\", line 42, in login",
    "npm_config_cache",
    "github_pat",
    "sk_live",
    "xox",
    "glpat",
    "pypi",
    "ghp_",
    "AIza",
    "basic",
    "bearer",
    "Bearer",
    "@",
    "a@",
    "@b",
    "user@host",
    "root@localhost",
    "=",
    ":",
    "==",
    "://",
    "a:b@c",
    "%40",
    "100%40",
];

const KEYS: &[&str] = &[
    "event.name",
    "event.category",
    "user.id",
    "user.name",
    "client.address",
    "http.request.method",
    "url.path",
    "outcome",
    "session.id",
    "user_agent.original",
    "tenant.id",
    "request.id",
    "audit.record.id",
    "audit.actor.id",
    "audit.target.type",
    "service.name",
    "token.type",
    "authorization.decision",
    "secret.name",
    "key",
    "code",
];

#[test]
fn no_value_of_the_clean_corpus_is_touched_as_an_attribute_or_a_body() {
    let redaction = redaction();
    for (index, value) in TEXTS.iter().enumerate() {
        let attributes: Vec<KeyValue> = KEYS.iter().map(|key| text(key, value)).collect();
        let message = logs(vec![
            LogRecord { body: Some(string(value)), attributes, ..Default::default() },
            LogRecord {
                body: Some(string(&format!("{value} {}", TEXTS[(index + 1) % TEXTS.len()]))),
                attributes: vec![text("x", &format!("before {value}, after"))],
                ..Default::default()
            },
        ]);
        assert_eq!(redact(&redaction, &message, Signal::Logs), message, "{value:?}");
    }
}

/// Records as the benchmark's `audit` profile makes them.
fn audit(rng: &mut fastrand::Rng, now: u64) -> LogRecord {
    const EVENTS: [(&str, &str); 8] = [
        ("user.login", "User signed in through the identity provider"),
        ("user.login.failed", "Sign-in refused after password check"),
        ("user.logout", "User session ended by the user"),
        ("role.assigned", "Administrator granted a role to the account"),
        ("secret.read", "Secret was read from the vault by a workload"),
        ("file.download", "Document was downloaded from the share"),
        ("policy.updated", "Access policy was changed and republished"),
        ("token.revoked", "Refresh token revoked by administrator"),
    ];
    const PATHS: [&str; 3] = ["/api/v2/accounts/1048576/documents", "/oauth2/token", "/scim/v2/Users"];
    let mut hex = |len: usize| (0..len).map(|_| rng.digit(16)).collect::<String>();
    let (session, request) = (hex(32), hex(16));
    let (event, action) = EVENTS[rng.usize(..EVENTS.len())];
    let (user, client) = (
        format!("u-{:06}", rng.u32(..200_000)),
        format!("10.{}.{}.{}", rng.u8(..), rng.u8(..), rng.u8(1..255)),
    );
    LogRecord {
        time_unix_nano: now + rng.u64(..1 << 40),
        severity_text: "INFO".into(),
        body: Some(string(&format!(
            "{action}: {user} from {client}, policy default-deny-v3, request {request}"
        ))),
        attributes: vec![
            text("bench.seq", &format!("bseq-{:012}", rng.u64(..1 << 39))),
            text("event.name", event),
            text("event.category", "authentication"),
            text("user.id", &user),
            text("client.address", &client),
            text("http.request.method", "POST"),
            text("url.path", PATHS[rng.usize(..PATHS.len())]),
            pair("http.response.status_code", Value::IntValue(200)),
            text("outcome", "success"),
            text("session.id", &session),
            text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
        ],
        trace_id: (0..16).map(|_| rng.u8(1..)).collect(),
        span_id: (0..8).map(|_| rng.u8(1..)).collect(),
        ..Default::default()
    }
}

#[test]
fn audit_records_come_out_as_they_went_in_and_lose_nothing_but_the_address() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut records: Vec<_> = (0..3000).map(|_| audit(&mut rng, 1_760_000_000_000_000_000)).collect();
    let redaction = redaction();
    assert_eq!(redact(&redaction, &logs(records.clone()), Signal::Logs), logs(records.clone()));
    let with_email = |value: &str, records: &[LogRecord]| {
        let mut records = records.to_vec();
        records.iter_mut().for_each(|record| record.attributes.push(text("user.email", value)));
        logs(records)
    };
    records.truncate(200);
    assert_eq!(
        redact(&redaction, &with_email("maria.silva42@corp.example.com", &records), Signal::Logs),
        with_email("****", &records)
    );
}
