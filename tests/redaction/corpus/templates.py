"""Texts that a value of any detector may stand in. A third of them is held out of the tuning set.

PLAIN texts say nothing about the value. NAMED texts name it with a label (`{{L}}`, "NHS number") or
a key (`{{K}}`, `nhs_number`): for what is only recognisable by its context.
"""

from sample import Template

PLAIN = [
    ("body", "", None, "{{S}}"),
    ("body", "", None, "{{ts}} audit actor={{uid}} action={{verb}} note=({{S}}) outcome={{outcome}}"),
    ("body", "", None, "user {{user}} from {{ip}} submitted {{S}}"),
    ("body", "", None, "{{S}} was rejected by {{service}} after {{ms}} ms"),
    ("body", "", None, "Benutzer {{user}} hat {{S}} geändert (Vorgang {{order}})"),
    ("body", "", None, "L’utilisateur {{user}} a saisi « {{S}} » à l’étape {{n}}"),
    ("body", "", None, "ユーザー{{user}}が {{S}} を登録しました"),
    ("body", "", None, "Überprüfung für größere Beträge: {{S}}, bitte prüfen"),
    ("body", "", None, "lookup '{{S}}' returned {{n}} rows"),
    ("body", "", None, 'input was "{{S}}"; request {{uuid}}'),
    ("body", "", None, "values [{{S}}] and <{{S}}> differ"),
    ("body", "", None, "[{{service}}] WARN  c.e.Audit - unexpected argument:{{S}}"),
    ("body", "", None, "compare {{S}} with {{S2}} (trace {{trace}})"),
    ("body", "", None, "{{syslog}} {{host}} {{service}}[{{pid}}]: received {{S}}."),
    ("attribute", "", "audit.detail", "{{S}}"),
    ("attribute", "", "message", "export of {{S}} finished in {{ms}} ms"),
    ("attribute", "", "db.query.text", "SELECT id FROM customers WHERE ref = '{{S}}' LIMIT {{n}}"),
    ("nested", "", "note", "{{S}}"),
    ("nested", "", "comment", "see {{S}}, asked by {{user}}"),
    ("key", "line", None, "{{S}}"),
    ("json", "json", None, '{"time":"{{ts}}","actor":{"id":"{{uid}}"},"detail":{"items":["{{S}}"],"count":{{n}}}}'),
    ("json", "json", None, '{"event":"{{verb}}","comment":"please check {{S}} today","ok":true}'),
    ("json", "json", "payload", '{ "kind": "Event", "metadata": {"uid": "{{uuid}}"}, "reason": "{{S}}" }'),
    (
        "json",
        "json_in_json",
        None,
        '{"log":"{\\"level\\":\\"info\\",\\"msg\\":\\"{{S}}\\",\\"n\\":{{n}}}","stream":"stdout"}',
    ),
    ("url", "url", "url.full", "https://{{fqdn}}/search?q={{S}}&page={{n}}"),
    ("url", "url", None, "GET /api/v1/lookup?ref={{S}}&lang=de HTTP/1.1"),
    ("url", "url", None, '{{ip}} - - [{{clf}}] "GET /find?term={{S}} HTTP/1.1" {{status}} {{size}} "-" "{{agent}}"'),
    ("form", "form", None, "action={{verb}}&comment={{S}}&submit=1"),
    ("form", "form", "event.payload", "id={{n}}&remark={{S}}"),
    ("logfmt", "line", None, 'ts={{ts}} level=info svc={{service}} msg="{{S}}" dur={{ms}}ms'),
    ("logfmt", "line", None, "time={{epoch_ms}} level=warn ref={{S}} status={{status}}"),
    ("sql", "line", None, "INSERT INTO notes (id, txt) VALUES ({{n}}, '{{S}}');"),
    ("sql", "line", None, "duration: {{ms}}.102 ms  statement: UPDATE accounts SET memo='{{S}}' WHERE id={{n}}"),
    (
        "stacktrace",
        "",
        "exception.stacktrace",
        "java.lang.IllegalArgumentException: bad input {{S}}\n\tat com.acme.Billing.charge(Billing.java:{{n}})\n\tat java.base/java.lang.Thread.run(Thread.java:1583)",
    ),
    ("stacktrace", "", "exception.message", "ValueError: could not convert {{S}}"),
    ("csv", "line", None, "{{ts}},{{uid}},{{verb}},{{S}},{{outcome}}"),
    ("xml", "line", None, '<event id="{{n}}"><note>{{S}}</note></event>'),
    ("body", "", None, "kubectl annotate pod {{pod}} -n {{ns}} note={{S}} --overwrite"),
    ("body", "", None, "retry {{n}}/{{n}}\n{{S}}\nend of message"),
]

NAMED = [
    ("body", "", None, "{{L}}: {{S}}"),
    ("body", "", None, "{{L}} {{S}}"),
    ("body", "", None, "{{L}}={{S}}"),
    ("body", "", None, "user {{user}} changed {{L}} {{S}} at {{ts}}"),
    ("body", "", None, "{{ts}} {{service}} verify {{L}} : {{S}} -> {{outcome}}"),
    ("body", "", None, "Benutzer {{user}}, {{L}} {{S}}, Ergebnis ok"),
    ("body", "", None, "Client {{user}} ({{L}} : {{S}}) enregistré"),
    ("body", "", None, "本人確認 {{L}}：{{S}}（{{user}}）"),
    ("body", "", None, "{{L}} [{{S}}] not found for {{uid}}"),
    ("body", "", None, "{{syslog}} {{host}} kyc[{{pid}}]: {{L}} '{{S}}' accepted"),
    ("body", "", None, 'request {{uuid}} failed: {{L}} "{{S}}" already registered'),
    ("body", "", None, "two persons: {{L}} {{S}}, {{L}} {{S2}}"),
    ("attribute", "", "{{K}}", "{{S}}"),
    ("attribute", "", "customer.{{K}}", "{{S}}"),
    ("nested", "", "{{K}}", "{{S}}"),
    ("json", "json", None, '{"user":"{{user}}","{{K}}":"{{S}}","ok":true}'),
    ("json", "json", None, '{ "subject": { "{{K}}": "{{S}}" }, "ts": "{{ts}}" }'),
    ("json", "json_in_json", None, '{"log":"{\\"{{K}}\\":\\"{{S}}\\"}","stream":"stderr"}'),
    ("url", "url", None, "POST /kyc/check?{{K}}={{S}}&country=any HTTP/1.1"),
    ("url", "url", "url.full", "https://{{fqdn}}/persons?page={{n}}&{{K}}={{S}}"),
    ("form", "form", None, "name=x&{{K}}={{S}}&step={{n}}"),
    ("logfmt", "line", None, 'ts={{ts}} level=info {{K}}="{{S}}" result={{outcome}}'),
    ("logfmt", "line", None, "level=debug {{K}}={{S}} dur={{ms}}ms"),
    ("sql", "line", None, "SELECT * FROM persons WHERE {{K}} = '{{S}}'"),
    ("stacktrace", "", "exception.message", "ValidationError: {{L}} {{S}} is already in use"),
    ("xml", "line", None, "<person><{{K}}>{{S}}</{{K}}></person>"),
]


def third(index):
    """Whether the index-th of a list is held out of the tuning set."""
    return index % 3 == 2


def numbered(prefix, rows):
    """Templates out of rows of (place, escape, key, text)."""
    return [
        Template(f"{prefix}/{index}", place, text, escape, key, third(index))
        for index, (place, escape, key, text) in enumerate(rows)
    ]


SHARED = numbered("plain", PLAIN)
LABELLED = numbered("named", NAMED)
