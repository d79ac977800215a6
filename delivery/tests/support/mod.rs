//! Requests whose records can be told apart, and a place that collects dead letters.
#![allow(dead_code, clippy::unwrap_used)]

pub mod rig;

use bytes::Bytes;
use component::{Budget, Context};
use delivery::{DeadLetter, DeadLetters};
use futures_util::future::BoxFuture;
use journal::{Frame, Journal, Receipt, Watermark};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use parking_lot::Mutex;
use pdata::{Limits, Request, Signal};
use prost::Message;
use std::sync::Arc;

/// A request of one log record per id.
pub fn request(ids: &[u64]) -> Request {
    let record = |id: &u64| LogRecord { time_unix_nano: id + 1, ..LogRecord::default() };
    let scope_logs =
        vec![ScopeLogs { log_records: ids.iter().map(record).collect(), ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    let bytes = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
    Request::validate(Signal::Logs, Bytes::from(bytes), &Limits::default()).unwrap()
}

/// The ids of a request's records, in order.
pub fn ids(request: &Request) -> Vec<u64> {
    let request = ExportLogsServiceRequest::decode(request.bytes().clone()).unwrap();
    let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
    scopes.flat_map(|scope| &scope.log_records).map(|record| record.time_unix_nano - 1).collect()
}

/// Appends one request.
pub async fn append(journal: &Journal, budget: &Arc<Budget>, ids: &[u64]) -> Receipt {
    let request = request(ids);
    let permit = Arc::new(budget.admit(request.bytes().len()).unwrap());
    let frame = Frame { request, context: Context::now(None), permit };
    journal.append(frame, Watermark::Delivered).await.unwrap()
}

/// Keeps dead letters for a test to look at.
#[derive(Default)]
pub struct Graveyard(pub Mutex<Vec<DeadLetter>>);

impl Graveyard {
    /// The ids of all dead records.
    pub fn ids(&self) -> Vec<u64> {
        self.0.lock().iter().flat_map(|letter| ids(&letter.request)).collect()
    }

    /// The reasons, one a letter.
    pub fn reasons(&self) -> Vec<String> {
        self.0.lock().iter().map(|letter| letter.reason.to_string()).collect()
    }
}

impl DeadLetters for Graveyard {
    fn keep(&self, letter: DeadLetter) -> BoxFuture<'_, ()> {
        self.0.lock().push(letter);
        Box::pin(std::future::ready(()))
    }
}
