//! What redaction costs a record: clean audit records, records with an address each, and the mix
//! of secrets that `weir-bench`'s `pii` profile sends; what twenty patterns cost beside the default set; and how fast
//! clean logs are read.
//! `cargo bench -p processors --bench redaction`.
//!
//! On a shared machine count instructions instead:
//! `perf stat -e instructions:u <the bench's binary> --once pii 2000`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[path = "../../pdata/benches/audit/mod.rs"]
mod audit;

use audit::{RECORDS, pair, text};
use component::{ComponentId, Context, Processor};
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pdata::schema::{Field, Message};
use pdata::view::{KeyValue, Text};
use pdata::{Edit, Pair, Request};
use processors::redaction::{Config, Redaction};
use std::hint::black_box;
use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Profile {
    /// Nothing to hide.
    Clean,
    /// An address in an attribute.
    Audit,
    /// And in half the records another secret, in an attribute and in the body.
    Pii,
}

fn record(index: usize, profile: Profile, rng: &mut fastrand::Rng) -> LogRecord {
    let mut hex = |len: usize| (0..len).map(|_| rng.digit(16)).collect::<String>();
    let (session, request) = (hex(32), hex(16));
    let user = format!("u-{:06}", rng.u32(..200_000));
    let mut attributes = vec![
        text("bench.seq", format!("bseq-{index:012}")),
        text("event.name", "user.login"),
        text("event.category", "authentication"),
        text("user.id", user.as_str()),
        text("client.address", format!("10.{}.200.17", rng.u8(..))),
        text("http.request.method", "POST"),
        text("url.path", "/api/v1/tenants/acme-corp/policies/default"),
        pair("http.response.status_code", Value::IntValue(200)),
        text("outcome", "success"),
        text("session.id", session),
        text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
    ];
    let email = "maria.silva42@pii.example.org";
    let mut tail = format!("request {request}");
    if profile != Profile::Clean {
        attributes.insert(4, text("user.email", email));
    }
    if profile == Profile::Pii {
        let (card, ssn, key) = ("4539670182000002", "123-45-6789", "AKIAQ7XW2JLNB5TDVYE3");
        let mut alnum = |len: usize| (0..len).map(|_| rng.alphanumeric()).collect::<String>();
        let jwt = format!("eyJhbGciOiJSUzI1NiJ9.eyJ{}.{}", alnum(90), alnum(86));
        let (extra, end) = match index % 10 {
            0 => (Some(text("payment.card", card)), format!("charged card {card} for invoice 4711")),
            1 => {
                (Some(text("http.request.header.authorization", jwt)), format!("contact {email} for details"))
            }
            2 => (Some(text("customer.ssn", ssn)), format!("verified by ssn {ssn}")),
            3 => (Some(text("aws.access_key_id", key)), format!("assumed with key {key}")),
            4 => (None, format!("notified {email} and {email}")),
            _ => (None, tail),
        };
        attributes.extend(extra);
        tail = end;
    }
    let body = format!(
        "User signed in through the identity provider: {user} from 10.4.200.17, policy default-deny-v3, {tail}"
    );
    LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000 + rng.u64(..1 << 40),
        observed_time_unix_nano: 1_760_000_000_001_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue { value: Some(Value::StringValue(body)) }),
        attributes,
        trace_id: (0..16).map(|_| rng.u8(1..)).collect(),
        span_id: (0..8).map(|_| rng.u8(1..)).collect(),
        ..Default::default()
    }
}

fn request(profile: Profile) -> Request {
    let mut rng = fastrand::Rng::with_seed(3);
    let records = (0..RECORDS).map(|index| record(index, profile, &mut rng)).collect();
    let request = audit::request(audit::service(), records);
    println!("{profile:?}: {} bytes a record", request.bytes().len() / RECORDS);
    request
}

/// The walk by itself, which every detector's cost stands on.
struct Walk(usize);

impl<'a> Edit<'a> for Walk {
    fn pair(&mut self, _: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        self.0 += pair.key.as_bytes().len();
        Pair::Inside
    }

    fn text(&mut self, _: &'static Message, _: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        self.0 += text.as_bytes().len();
        None
    }
}

fn walk(request: &Request) -> usize {
    let mut walk = Walk(0);
    request.edit(&mut walk);
    walk.0
}

/// Texts with nothing to hide, each the body of a record: the clean lines of the corpus.
fn logs() -> Request {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/redaction/corpus/clean.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    let body = |line: &str| {
        let sample: serde_json::Value = serde_json::from_str(line).unwrap();
        Some(AnyValue {
            value: Some(Value::StringValue(
                sample.get("text").and_then(|text| text.as_str()).unwrap().into(),
            )),
        })
    };
    let records = lines.lines().map(|line| LogRecord { body: body(line), ..Default::default() });
    audit::request(Vec::new(), records.collect())
}

/// How many megabytes of clean logs a core redacts in a second: the best of some rounds, as others share
/// the machine.
fn throughput(process: &dyn Fn(&Request)) {
    let logs = logs();
    let round = || {
        let start = Instant::now();
        (0..20).for_each(|_| process(&logs));
        start.elapsed().as_secs_f64() / 20.0
    };
    let best = (0..20).map(|_| round()).fold(f64::MAX, f64::min);
    println!("clean logs: {:.0} MB/s", logs.bytes().len() as f64 / best / 1e6);
}

/// What operators write as `blocked_values`.
const PATTERNS: [&str; 20] = [
    // Of the README of the Collector's `redaction` processor: two kinds of payment cards.
    "4[0-9]{12}(?:[0-9]{3})?",
    "(5[1-5][0-9]{14})",
    // A US social security number.
    r"\b\d{3}-\d{2}-\d{4}\b",
    // What a firm numbers itself: its staff, support cases, tickets, customers.
    r"\bEMP-\d{6}\b",
    r"(?i)\bcase[ #-]?[0-9]{6,}\b",
    r"\b(?:INC|CHG|RITM)[0-9]{7}\b",
    r"\bCUST-[A-Z]{2}-[0-9]{8}\b",
    // Its hosts and mailboxes, and what it does not speak of.
    r"[a-z0-9-]+\.(?:corp|internal)\.example\.com",
    r"[A-Za-z0-9._%+-]+@corp\.example\.com",
    r"(?i)\bproject (?:bluebird|nightjar|kestrel)\b",
    // Passwords in texts, a header of its own.
    r"(?i)\b(?:password|passwd|pwd)\s*[:=]\s*\S+",
    r"(?i)x-internal-token:\s*[a-z0-9]+",
    // What clouds name: roles of AWS, secrets of GCP, machines; and databases.
    "arn:aws:iam::[0-9]{12}:(?:user|role)/[A-Za-z0-9+=,.@_/-]+",
    "projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/(?:secrets|serviceAccounts)/[^ ]+",
    r"\bi-[0-9a-f]{17}\b",
    "jdbc:[a-z]+://[^ ]+",
    // Numbers and digests that no literal tells: IBAN, SHA-1, telephone, the Indian PAN.
    r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b",
    r"\b[0-9a-f]{40}\b",
    r"\+[1-9][0-9]{7,14}\b",
    r"\b[A-Z]{5}[0-9]{4}[A-Z]\b",
];

fn redaction(patterns: &[&str]) -> Redaction {
    let blocked_values = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    let config = Config { blocked_values, ..Config::default() };
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn main() {
    let context = Context::now(None);
    let run = |by: &Redaction, on: &Request| drop(by.process(black_box(on).clone(), &context).unwrap());
    let (default, twenty) = (redaction(&[]), redaction(&PATTERNS));
    let process = |request: &Request| run(&default, request);
    if !std::env::args().any(|arg| arg == "--once") {
        throughput(&process);
    }
    let [clean, audit, pii] = [Profile::Clean, Profile::Audit, Profile::Pii].map(request);
    audit::measure(
        "redaction, a record",
        &mut [
            ("clean", &mut || process(&clean)),
            ("audit", &mut || process(&audit)),
            ("pii", &mut || process(&pii)),
            ("audit, and 20 patterns", &mut || run(&twenty, &audit)),
            ("pii, and 20 patterns", &mut || run(&twenty, &pii)),
            ("walk", &mut || _ = black_box(walk(black_box(&clean)))),
        ],
    );
}
