//! Sanitisers of URLs and statements, which do what the Collector's are documented to do, and mask what they
//! cannot read.

use super::*;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use processors::redaction::{Database, DbSanitizer, UrlSanitizer};

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn span(config: Config, name: &str, attributes: Vec<KeyValue>) -> (String, Vec<KeyValue>) {
    let redaction = config.build(&ComponentId::parse("redaction").unwrap()).unwrap();
    let span = Span { name: name.into(), attributes, ..Default::default() };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..Default::default() }];
    let message = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..Default::default() }],
    };
    let mut out = redact(&redaction, &message, Signal::Traces);
    let span = out.resource_spans.remove(0).scope_spans.remove(0).spans.remove(0);
    (span.name, span.attributes)
}

/// What becomes of a statement of a database.
fn statement(config: &Config, system: Option<&str>, statement: &str) -> String {
    let mut attributes = vec![text("db.statement", statement)];
    // Behind it, as the order is the sender's.
    attributes.extend(system.map(|system| text("db.system", system)));
    match span(config.clone(), "query", attributes).1.remove(0).value.unwrap().value {
        Some(Value::StringValue(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn databases() -> Config {
    let on = || Database { enabled: true, attributes: strings(&["db.statement"]) };
    let db_sanitizer = DbSanitizer { sql: on(), redis: on(), mongo: on(), ..DbSanitizer::default() };
    Config { db_sanitizer, ..Config::default() }
}

#[test]
fn a_statement_is_sanitised_as_its_database_reads_it() {
    let all = databases();
    let sql = "SELECT * FROM users WHERE name = 'maria' AND id = 7";
    for (system, before, after) in [
        (Some("postgresql"), sql, "SELECT * FROM users WHERE name = ? AND id = ?"),
        (Some("postgresql"), "SELECT 'never ended", "****"),
        (Some("oracle.db"), "SELECT q'[O'secretA]', q'[O'secretB]' FROM dual", "****"),
        (Some("mysql"), "SELECT a#secret comment", "****"),
        (Some("redis"), "SET user:7 maria", "SET ?"),
        (
            Some("mongodb"),
            r#"{"find":"users","filter":{"name":"maria"}}"#,
            r#"{"find":"?","filter":{"name":"?"}}"#,
        ),
        (Some("mongodb"), "db.users.find()", "****"),
        // Valkey's is not switched on, and of another database nothing is known.
        (Some("valkey"), "SET user:7 maria", "SET user:7 maria"),
        (Some("dynamodb"), "SET user:7 maria", "SET user:7 maria"),
        (None, sql, "****"),
    ] {
        assert_eq!(statement(&all, system, before), after, "{system:?} {before}");
    }
    let mut one = all;
    one.db_sanitizer.redis.enabled = false;
    one.db_sanitizer.mongo.enabled = false;
    assert_eq!(statement(&one, None, sql), "SELECT * FROM users WHERE name = ? AND id = ?");
}

#[test]
fn urls_keep_their_shape_in_listed_attributes_and_span_names_only() {
    let url_sanitizer =
        UrlSanitizer { enabled: true, attributes: strings(&["http.url"]), ..UrlSanitizer::default() };
    let config = Config { url_sanitizer, ..Config::default() };
    let url = "https://example.org/v1/users/4711?page=2";
    let before = || vec![text("http.url", url), text("other", url)];
    let (name, attributes) = span(config.clone(), "GET /v1/users/4711", before());
    assert_eq!(name, "GET /v1/users/*");
    assert_eq!(attributes, [text("http.url", "https://example.org/v1/users/*"), text("other", url)]);
    // What is hidden in part before is sanitised after.
    let blocked = Config { blocked_values: strings(&["users"]), ..config };
    let (_, attributes) = span(blocked, "x", before());
    assert_eq!(attributes[0], text("http.url", "https://example.org/v1/*/*"));
}

#[test]
fn the_name_of_a_span_about_a_database_is_sanitised_as_its_statements_are() {
    let name = |name, system| span(databases(), name, vec![text("db.system.name", system)]).0;
    assert_eq!(name("SELECT 'maria'", "mysql"), "SELECT ?");
    assert_eq!(name("GET user:7", "redis"), "GET ?");
    assert_eq!(name("find users 7", "mongodb"), "find users 7");
}
