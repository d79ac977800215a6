//! OTLP/JSON in both directions, against the serde forms of opentelemetry-proto as the oracle, and
//! the forms that the oracle does not know.
#![allow(clippy::unwrap_used, missing_docs)]

mod forms;
mod messages;

use bytes::Bytes;
use messages::{Range, logs, metrics, traces};
use pdata::{Limits, Request, Signal, json};
use proptest::prelude::*;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn request(signal: Signal, message: &impl Message) -> Request {
    Request::validate(signal, Bytes::from(message.encode_to_vec()), &Limits::default()).unwrap()
}

fn encoded(signal: Signal, requests: &[Request]) -> Vec<u8> {
    let mut text = Vec::new();
    json::encode(signal, requests, &mut text);
    text
}

/// What the oracle writes reads as the message that it wrote.
fn reads_what_serde_writes<M>(signal: Signal, message: &M) -> Result<(), TestCaseError>
where
    M: Message + Default + PartialEq + std::fmt::Debug + Serialize,
{
    let text = serde_json::to_vec(message).unwrap();
    let ours = json::decode(signal, &text, &Limits::default());
    let ours = ours.map(|request| M::decode(request.bytes().clone()).unwrap());
    prop_assert_eq!(ours.as_ref(), Ok(message), "{}", String::from_utf8(text).unwrap());
    Ok(())
}

/// What we write, two requests at once, the oracle reads as what they were made from.
fn writes_what_serde_reads<M>(signal: Signal, message: &M) -> Result<(), TestCaseError>
where
    M: Message + Default + PartialEq + std::fmt::Debug + DeserializeOwned,
{
    let one = request(signal, message);
    let twice = [one.clone(), one];
    let text = encoded(signal, &twice);
    let theirs = serde_json::from_slice::<M>(&text).map_err(|error| error.to_string());
    let joined = M::decode(Request::join(signal, &twice).bytes().clone()).unwrap();
    prop_assert_eq!(theirs, Ok(joined), "{}", String::from_utf8(text).unwrap());
    Ok(())
}

/// To JSON and back gives the same bytes: nothing is lost, added or moved.
fn comes_back(signal: Signal, message: &impl Message) -> Result<(), TestCaseError> {
    let request = request(signal, message);
    let text = encoded(signal, std::slice::from_ref(&request));
    let back = json::decode(signal, &text, &Limits::default());
    prop_assert_eq!(back, Ok(request), "{}", String::from_utf8(text).unwrap());
    Ok(())
}

proptest! {
    #[test]
    fn logs_read_as_serde_writes_them(message in logs(Range::Oracle)) {
        reads_what_serde_writes(Signal::Logs, &message)?;
    }

    #[test]
    fn traces_read_as_serde_writes_them(message in traces(Range::Oracle)) {
        reads_what_serde_writes(Signal::Traces, &message)?;
    }

    #[test]
    fn metrics_read_as_serde_writes_them(message in metrics(Range::Oracle)) {
        reads_what_serde_writes(Signal::Metrics, &message)?;
    }

    #[test]
    fn serde_reads_the_logs_that_we_write(message in logs(Range::Oracle)) {
        writes_what_serde_reads(Signal::Logs, &message)?;
    }

    #[test]
    fn serde_reads_the_traces_that_we_write(message in traces(Range::Oracle)) {
        writes_what_serde_reads(Signal::Traces, &message)?;
    }

    #[test]
    fn serde_reads_the_metrics_that_we_write(message in metrics(Range::Oracle)) {
        writes_what_serde_reads(Signal::Metrics, &message)?;
    }

    #[test]
    fn logs_come_back_from_json(message in logs(Range::All)) {
        comes_back(Signal::Logs, &message)?;
    }

    #[test]
    fn traces_come_back_from_json(message in traces(Range::All)) {
        comes_back(Signal::Traces, &message)?;
    }

    #[test]
    fn metrics_come_back_from_json(message in metrics(Range::All)) {
        comes_back(Signal::Metrics, &message)?;
    }

    /// Whatever a text is cut off at or has in it: an answer, never a panic.
    #[test]
    fn damaged_text_gets_an_answer(message in logs(Range::All), at: prop::sample::Index, byte: u8, cut: bool) {
        let mut text = encoded(Signal::Logs, &[request(Signal::Logs, &message)]);
        let at = at.index(text.len());
        if cut {
            text.truncate(at);
            prop_assert!(json::decode(Signal::Logs, &text, &Limits::default()).is_err());
        } else if let Some(damaged) = text.get_mut(at) {
            *damaged = byte;
            if let Err(malformed) = json::decode(Signal::Logs, &text, &Limits::default()) {
                prop_assert!(malformed.offset <= text.len());
            }
        }
    }
}
