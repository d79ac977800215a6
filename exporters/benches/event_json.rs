//! What writing security events as JSON costs a record. `cargo bench -p exporters --bench event_json`.
//!
//! On a shared machine count instructions instead, as the difference of two runs:
//! `valgrind --tool=callgrind <the bench's binary> --once array 20`.
#![allow(missing_docs)]

#[path = "../../pdata/benches/audit/mod.rs"]
mod audit;

use audit::{RECORDS, text};
use component::Batch;
use exporters::event_json::EventJson;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pdata::Signal;
use std::hint::black_box;

/// An audit record as `redaction` and `security_event` leave it: 8 attributes more than the sender's.
fn event(index: usize) -> LogRecord {
    let mut record = audit::record(index, "****");
    record.attributes.extend([
        text("audit.record.id", format!("0199c6e8-b000-7abc-8def-{index:012x}")),
        text("audit.action", "user.login"),
        text("audit.actor.id", format!("u-{:06}", index * 1999)),
        text("audit.actor.type", "user"),
        text("audit.target.id", "/api/v1/tenants/acme-corp/policies/default"),
        text("audit.target.type", "url"),
        text("audit.outcome", "success"),
        text("audit.source.id", format!("10.4.{index}.17")),
    ]);
    record.event_name = "user.login".into();
    record
}

fn main() {
    let mut service = audit::service();
    service.extend([
        text("service.namespace", "identity"),
        text("deployment.environment.name", "production"),
        text("k8s.cluster.name", "prod-eu-1"),
        text("k8s.namespace.name", "identity"),
        text("k8s.deployment.name", "auth-gateway"),
        text("k8s.node.name", "ip-10-42-7-113"),
    ]);
    let request = audit::request(service, (0..RECORDS).map(event).collect());
    let batch = Batch::new(Signal::Logs, vec![request.clone()]);
    let array = || {
        let mut out = Vec::with_capacity(batch.size() * 2);
        EventJson::default().write_array(black_box(&batch), &mut out);
        out
    };
    audit::measure(
        "event JSON, a record",
        &mut [
            ("array", &mut || drop(black_box(array()))),
            ("read", &mut || _ = black_box(audit::read(black_box(&request)))),
        ],
    );
}
