//! A destination with a bad day.

use crate::common::page::Accounts;
use crate::common::sender::numbers;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use prost::Message;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// What it speaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Protocol {
    Siem,
    OtlpHttp,
    OtlpGrpc,
}

/// What it knows of one record.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    /// How often it was taken.
    arrived: u32,
    /// Of those, how often the agent was not told.
    unanswered: u32,
    /// The agent was told that it will never be taken.
    rejected: bool,
}

struct State {
    dice: fastrand::Rng,
    records: Vec<Record>,
    /// Records of answered batches that it refused without saying which.
    refused: u64,
    /// Batches by what became of them: a test whose dice never fall proves nothing.
    fates: std::collections::BTreeMap<&'static str, u32>,
}

pub struct Destination {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

/// What becomes of a batch.
#[derive(Clone, Copy)]
enum Fate {
    Taken,
    /// So many of the batch are refused.
    Partial(u64),
    Transient {
        after: bool,
    },
    /// Not for what is in it: nothing can be taken here.
    Impossible,
    /// Rejected as a whole for the poisonous records in it.
    Poisoned,
    TooLarge,
    /// The connection breaks, before or after the batch was taken.
    Reset,
    /// There is no answer, ever.
    Hang,
}

/// One record in so many is never taken, nor is a batch that holds it.
const POISON: u64 = 97;

fn poisoned(numbers: &[u64]) -> bool {
    numbers.iter().any(|number| number.is_multiple_of(POISON))
}

/// Records that one request may have.
const LIMIT: usize = 35;

impl Destination {
    pub async fn start(protocol: Protocol, seed: u64, records: u64) -> Destination {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            dice: fastrand::Rng::with_seed(seed),
            records: vec![Record::default(); records as usize],
            refused: 0,
            fates: Default::default(),
        }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                let answer = move |request| answer(protocol, Arc::clone(&state), request);
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(answer);
                    let _ = auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Destination { port, state }
    }

    /// Compares what it knows with what the agent says at the end.
    pub fn check(&self, exporter: &str, accounts: Accounts) {
        let state = self.state.lock().unwrap();
        let total = state.records.len() as u64;
        let rejected = state.records.iter().filter(|record| record.rejected).count() as u64;
        let poison = |(number, record): (usize, &Record)| {
            assert!(record.arrived == 0 || !poisoned(&[number as u64]), "{exporter}: {number}");
        };
        state.records.iter().enumerate().for_each(poison);
        assert_eq!(accounts.accepted, total, "{exporter}");
        assert_eq!(accounts.dead_lettered, rejected, "{exporter}: {:?}", state.fates);
        assert_eq!(accounts.refused, state.refused, "{exporter}: {:?}", state.fates);
        assert_eq!(accounts.dropped, state.refused, "{exporter}: nothing else is dropped");
        assert_eq!(accounts.delivered, total - rejected - state.refused, "{exporter}");
        let mut missing = 0;
        for (number, record) in state.records.iter().enumerate() {
            let answered = record.arrived - record.unanswered;
            let what = format!("{exporter}: record {number}: {record:?}");
            assert!(answered <= 1, "sent again although it was answered: {what}");
            assert!(!record.rejected || answered == 0, "rejected and delivered: {what}");
            missing += u64::from(answered == 0 && !record.rejected);
        }
        assert_eq!(missing, state.refused, "{exporter}: what is missing is what was refused");
        for fate in ["taken", "transient", "impossible", "poisoned", "too large", "reset", "hang"] {
            assert!(state.fates.contains_key(fate), "{exporter}: never {fate}: {:?}", state.fates);
        }
    }
}

impl State {
    fn choose(&mut self, protocol: Protocol, numbers: &[u64]) -> (Fate, Duration) {
        let records = numbers.len();
        let delay = Duration::from_millis(self.dice.u64(0..20));
        let fate = match self.dice.u8(0..100) {
            _ if records > LIMIT => Fate::TooLarge,
            0..12 => Fate::Transient { after: false },
            12..15 => Fate::Transient { after: true },
            15..25 => Fate::Reset,
            25..28 => Fate::Hang,
            28..33 => Fate::Impossible,
            _ if poisoned(numbers) => Fate::Poisoned,
            33..45 if protocol != Protocol::Siem => Fate::Partial(self.dice.u64(1..=records as u64)),
            _ => Fate::Taken,
        };
        (fate, delay)
    }

    /// Writes down what becomes of a batch.
    fn record(&mut self, fate: Fate, numbers: &[u64]) {
        let name = match fate {
            Fate::Taken => "taken",
            Fate::Partial(_) => "partial",
            Fate::Transient { .. } => "transient",
            Fate::Impossible => "impossible",
            Fate::Poisoned => "poisoned",
            Fate::TooLarge => "too large",
            Fate::Reset => "reset",
            Fate::Hang => "hang",
        };
        *self.fates.entry(name).or_default() += 1;
        let takes = match fate {
            Fate::Taken => numbers.len(),
            // All refused is a rejection: then it is known which.
            Fate::Partial(refused) if refused == numbers.len() as u64 => 0,
            Fate::Partial(refused) => numbers.len() - refused as usize,
            Fate::Reset | Fate::Hang if !poisoned(numbers) && self.dice.bool() => numbers.len(),
            _ => 0,
        };
        let unanswered = matches!(fate, Fate::Reset | Fate::Hang);
        for number in &numbers[..takes] {
            let record = &mut self.records[*number as usize];
            record.arrived += 1;
            record.unanswered += u32::from(unanswered);
        }
        match fate {
            Fate::Partial(refused) if takes > 0 => self.refused += refused,
            // The neighbours of a poisonous record are to come again, without it.
            Fate::Poisoned if numbers.len() > 1 => {}
            Fate::Partial(_) | Fate::Impossible | Fate::Poisoned => {
                numbers.iter().for_each(|number| self.records[*number as usize].rejected = true);
            }
            // A single record that is too large is given up; no batch of this test is.
            _ => {}
        }
        for number in numbers {
            let record = self.records[*number as usize];
            assert!(
                !record.rejected || record.arrived == record.unanswered,
                "{number} came after its rejection"
            );
        }
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

async fn answer(
    protocol: Protocol,
    state: Arc<Mutex<State>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, io::Error> {
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let numbers = numbers(&body);
    let (fate, delay) = state.lock().unwrap().choose(protocol, &numbers);
    tokio::time::sleep(delay).await;
    state.lock().unwrap().record(fate, &numbers);
    match fate {
        Fate::Hang => std::future::pending().await,
        Fate::Reset => Err(io::Error::other("reset")),
        fate if protocol == Protocol::OtlpGrpc => Ok(grpc(fate)),
        fate => Ok(http(protocol, fate)),
    }
}

fn partial_success(rejected: u64) -> Vec<u8> {
    let rejected_log_records = rejected as i64;
    let partial = ExportLogsPartialSuccess { rejected_log_records, error_message: "no".into() };
    ExportLogsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
}

fn http(protocol: Protocol, fate: Fate) -> Response<Body> {
    let (status, body) = match fate {
        Fate::Partial(rejected) => (200, partial_success(rejected)),
        Fate::Transient { .. } => (503, Vec::new()),
        Fate::Impossible => (404, Vec::new()),
        Fate::Poisoned => (400, b"no".to_vec()),
        Fate::TooLarge => (413, Vec::new()),
        _ => (200, Vec::new()),
    };
    let mut response = Response::builder().status(status);
    if protocol == Protocol::OtlpHttp {
        response = response.header("content-type", "application/x-protobuf");
    }
    if let Fate::Transient { after: true } = fate {
        response = response.header("retry-after", "0");
    }
    response.body(Full::new(Bytes::from(body)).boxed_unsync()).unwrap()
}

fn grpc(fate: Fate) -> Response<Body> {
    let status = match fate {
        Fate::Transient { .. } => tonic::Status::unavailable("busy"),
        Fate::Impossible => tonic::Status::unimplemented("no"),
        Fate::Poisoned => tonic::Status::invalid_argument("no"),
        Fate::TooLarge => {
            tonic::Status::resource_exhausted("grpc: received message larger than max (9 vs. 8)")
        }
        _ => tonic::Status::ok(""),
    };
    let message = match fate {
        Fate::Partial(rejected) => crate::common::client::framed(0, &partial_success(rejected)),
        Fate::Taken => crate::common::client::framed(0, b""),
        _ => Vec::new(),
    };
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).unwrap();
    let body = Full::new(Bytes::from(message)).with_trailers(std::future::ready(Some(Ok(trailers))));
    Response::builder().header("content-type", "application/grpc").body(body.boxed_unsync()).unwrap()
}
