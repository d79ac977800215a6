//! Frames for tests.
#![allow(dead_code, clippy::unwrap_used)]

pub mod sim_disk;

pub use journal::disk;

use bytes::Bytes;
use component::{Budget, Context};
use futures_util::FutureExt;
use journal::{Frame, Journal, NotTaken, Receipt, Watermark};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use pdata::{Limits, Request, Signal};
use prost::Message;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Waits for something that other threads bring about; that it does not come is a failure.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A request of `records` log records that can be told apart by `id`.
pub fn request(id: u64, records: usize) -> Request {
    let log_records =
        (0..records).map(|_| LogRecord { time_unix_nano: id + 1, ..LogRecord::default() }).collect();
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    let bytes = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
    Request::validate(Signal::Logs, Bytes::from(bytes), &Limits::default()).unwrap()
}

/// A frame that takes one byte of the budget, so that the budget counts frames.
pub fn frame(budget: &Arc<Budget>, request: Request) -> Frame {
    let permit = Arc::new(budget.admit(1).unwrap());
    Frame { request, context: Context::now(None), permit }
}

/// Appends under a policy that never waits.
pub fn append(journal: &Journal, frame: Frame, until: Watermark) -> Result<Receipt, NotTaken> {
    journal.append(frame, until).now_or_never().expect("append waits under OnFull::Block only")
}
