//! What `security_event` costs an audit record. `cargo bench -p processors --bench security_event`.
//!
//! On a shared machine count instructions instead, as the difference of two runs:
//! `valgrind --tool=callgrind <the bench's binary> --once audit 20`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../pdata/benches/audit/mod.rs"]
mod audit;

use audit::RECORDS;
use component::{Context, Processor};
use processors::security_event::{Config, SecurityEvent};
use std::hint::black_box;

fn main() {
    let records = (0..RECORDS).map(|index| audit::record(index, "****")).collect();
    let request = audit::request(audit::service(), records);
    let processor = SecurityEvent::new(Config::default());
    let context = Context::now(None);
    let process = || processor.process(black_box(&request).clone(), &context).unwrap();
    audit::measure(
        "security_event, a record",
        &mut [
            ("audit", &mut || drop(black_box(process()))),
            ("read", &mut || _ = black_box(audit::read(black_box(&request)))),
        ],
    );
}
