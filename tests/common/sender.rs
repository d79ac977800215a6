//! A client that sends numbered records and remembers what was acknowledged.

use super::client::{Answer, read_answer, request};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

pub const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// A logs request with one record a number, each padded to about `size` bytes.
pub fn numbered(numbers: Range<u64>, size: usize) -> Vec<u8> {
    let record = |number| {
        let text = format!("event-{number}.{}", "x".repeat(size));
        let body = AnyValue { value: Some(Value::StringValue(text)) };
        LogRecord { body: Some(body), time_unix_nano: 1, ..LogRecord::default() }
    };
    let scope = ScopeLogs { log_records: numbers.map(record).collect(), ..ScopeLogs::default() };
    let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec()
}

/// The numbers of all records in a body, whatever its format.
pub fn numbers(body: &[u8]) -> Vec<u64> {
    const MARK: &[u8] = b"event-";
    let starts = (0..body.len().saturating_sub(MARK.len())).filter(|at| body[*at..].starts_with(MARK));
    let number = |at: usize| {
        let digits = body[at + MARK.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    };
    starts.map(number).collect()
}

/// How often each number arrived.
pub fn arrivals<'a>(bodies: impl IntoIterator<Item = &'a [u8]>) -> BTreeMap<u64, u32> {
    let mut arrivals = BTreeMap::new();
    for number in bodies.into_iter().flat_map(numbers) {
        *arrivals.entry(number).or_default() += 1;
    }
    arrivals
}

/// Sends over one HTTP/1 connection, and a new one when that ends.
pub struct Sender {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Sender {
    pub fn new(address: SocketAddr) -> Sender {
        Sender { address, stream: None }
    }

    /// Posts logs; `None` when the connection is refused or ends without an answer.
    pub async fn logs(&mut self, body: &[u8]) -> Option<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await.ok()?,
        };
        stream.write_all(&request("POST", "/v1/logs", &[PROTOBUF], body)).await.ok()?;
        let answer = read_answer(&mut stream).await?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Some(answer)
    }
}
