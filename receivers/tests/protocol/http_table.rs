//! The table of OTLP/HTTP: what is sent, and what is answered. Run against the receiver alone and
//! against the whole agent.

use crate::client::{Answer, request, rpc, send};
use crate::requests::{gzip, logs, nested, points};
use prost::Message;
use std::net::SocketAddr;

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Name, method, path, headers, body; status, text or message (`*` for any).
type Row<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);

/// Sends every row of the table to an HTTP port with a limit of 1 MiB and without a pipeline for
/// metrics, and checks what the sender is told. How many records were accepted, each in its own request.
pub async fn check(address: SocketAddr) -> u32 {
    const TEXT_404: &str = "404 page not found";
    const TEXT_405: &str = "405 method not allowed, supported: [POST]";
    const TEXT_415: &str =
        "415 unsupported media type, supported: [application/json, application/x-protobuf]";

    let one = logs(1, 10);
    let invalid_utf8 = {
        let mut bytes = one.clone();
        let last = bytes.len() - 1;
        bytes[last] = 0xff;
        bytes
    };
    let truncated = gzip(&one)[..20].to_vec();
    let over = logs(1, 1 << 20);
    let deep_json = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();

    #[rustfmt::skip]
    let table: &[Row<'_>] = &[
        ("protobuf", "POST", "/v1/logs", &[PROTOBUF], &one, 200, ""),
        ("upper case", "POST", "/v1/logs", &[("Content-Type", "Application/X-Protobuf")], &one, 200, ""),
        ("an empty protobuf body", "POST", "/v1/logs", &[PROTOBUF], b"", 200, ""),
        ("an empty JSON request", "POST", "/v1/logs", &[JSON], b"{}", 200, "{}"),
        ("a parameter", "POST", "/v1/logs", &[("content-type", "application/json; charset=utf-8")], b"{}", 200, "{}"),
        ("a media type in capitals", "POST", "/v1/logs", &[("content-type", "Application/JSON")], b"{}", 200, "{}"),
        ("identity", "POST", "/v1/logs", &[PROTOBUF, ("content-encoding", "identity")], &one, 200, ""),
        ("GET", "GET", "/v1/logs", &[], b"", 405, TEXT_405),
        ("PUT", "PUT", "/v1/logs", &[PROTOBUF], &one, 405, TEXT_405),
        ("no content type", "POST", "/v1/logs", &[], &one, 415, TEXT_415),
        ("another content type", "POST", "/v1/logs", &[("content-type", "text/plain")], &one, 415, TEXT_415),
        ("an unknown path", "POST", "/v2/logs", &[PROTOBUF], &one, 404, TEXT_404),
        ("a longer path", "POST", "/v1/logs/", &[PROTOBUF], &one, 404, TEXT_404),
        ("a signal without a pipeline", "POST", "/v1/metrics", &[PROTOBUF], &points(1), 404, TEXT_404),
        ("broken protobuf", "POST", "/v1/logs", &[PROTOBUF], b"\x0a\xff", 400, "*"),
        ("invalid UTF-8", "POST", "/v1/logs", &[PROTOBUF], &invalid_utf8, 400, "*"),
        ("10,000 levels", "POST", "/v1/logs", &[PROTOBUF], &nested(10_000), 400, "*"),
        ("broken JSON", "POST", "/v1/logs", &[JSON], b"{\"resourceLogs\":", 400, "*"),
        ("10,000 levels of JSON", "POST", "/v1/logs", &[JSON], &deep_json, 400, "*"),
        ("JSON that is not UTF-8", "POST", "/v1/logs", &[JSON], b"{\"a\":\"\xff\"}", 400, "*"),
        ("not gzip at all", "POST", "/v1/logs", &[PROTOBUF, ("content-encoding", "gzip")], &one, 400, "gzip: invalid header"),
        ("truncated gzip", "POST", "/v1/logs", &[PROTOBUF, ("content-encoding", "gzip")], &truncated, 400, "gzip: the data ends too early"),
        ("corrupt zstd", "POST", "/v1/logs", &[PROTOBUF, ("content-encoding", "zstd")], &one, 400, "zstd: the data is corrupt, or needs a window of more than 8 MiB"),
        ("an unknown encoding", "POST", "/v1/logs", &[PROTOBUF, ("content-encoding", "br")], &one, 400, "unsupported Content-Encoding: unknown"),
        ("two encodings", "POST", "/v1/logs", &[PROTOBUF, ("content-encoding", "gzip"), ("content-encoding", "zstd")], &one, 400, "unsupported Content-Encoding: gzip"),
        ("over the limit", "POST", "/v1/logs", &[PROTOBUF], &over, 413, "request larger than 1048576 bytes"),
        ("over the limit in JSON", "POST", "/v1/logs", &[JSON], &over, 413, "request larger than 1048576 bytes"),
    ];
    let mut accepted = 0;
    for (name, method, path, headers, body, status, text) in table {
        let answer = send(address, &request(method, path, headers, body)).await;
        assert_eq!(answer.status, *status, "{name}: {answer:?}");
        let sent = headers.first().map(|(_, value)| value.to_lowercase());
        let json = sent.as_deref().is_some_and(|sent| sent.starts_with("application/json"));
        let kind = if json { "application/json" } else { "application/x-protobuf" };
        match status {
            200 => {
                assert_eq!(answer.header("content-type"), Some(kind), "{name}");
                assert_eq!(answer.text(), *text, "{name}");
                accepted += u32::from(*body == one);
            }
            404 | 405 | 415 => {
                assert_eq!(answer.header("content-type"), Some("text/plain"), "{name}");
                assert_eq!(answer.text(), *text, "{name}");
            }
            _ => {
                assert_eq!(answer.header("content-type"), Some(kind), "{name}");
                let (code, message) = status_of(&answer, json);
                assert_eq!(code, if *status == 413 { 8 } else { 3 }, "{name}");
                assert!(*text == "*" || message == *text, "{name}: {message}");
                assert!(!message.is_empty(), "{name}");
            }
        }
        assert_eq!(answer.header("retry-after"), None, "{name}: nothing here gets better by waiting");
    }
    accepted
}

/// Code and message of the Status in the request's encoding; bad data has BadRequest details.
pub fn status_of(answer: &Answer, json: bool) -> (i32, String) {
    if json {
        let status = answer.json();
        let violation = &status["details"][0]["fieldViolations"][0]["description"];
        assert!(answer.status != 400 || violation == &status["message"], "{status}");
        return (status["code"].as_i64().unwrap() as i32, status["message"].as_str().unwrap().to_owned());
    }
    let status = rpc::Status::decode(&*answer.body).unwrap();
    assert!(answer.status != 400 || status.kinds() == ["BadRequest"], "{status:?}");
    (status.code, status.message)
}
