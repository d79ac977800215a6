//! A dead letter as one OTLP log record: its request's bytes are the body, the rest are attributes.
//!
//! A journal keeps requests, so a letter that is one needs no format of its own. It is checksummed,
//! validated, recovered and read with the journal's tools, and can be sent to whatever takes OTLP.

use super::{Category, DeadLetter};
use bytes::Bytes;
use component::{ComponentId, Reason};
use pdata::schema::Message;
use pdata::view::{AnyValue, LogRecord, Text};
use pdata::{Additions, Edit, MAX_DEPTH, Malformed, Request, Signal, Whole};

const EVENT: &str = "weir.dead_letter";
const EXPORTER: &str = "weir.exporter";
const PIPELINE: &str = "weir.pipeline";
const SIGNAL: &str = "weir.signal";
const RECORDS: &str = "weir.records";
const CATEGORY: &str = "weir.category";
const REASON: &str = "weir.reason";
const ATTEMPTS: &str = "weir.attempts";
const FIRST: &str = "weir.first_attempt_unix_nano";

/// One log record with nothing in it.
const EMPTY: &[u8] = b"\x0a\x04\x12\x02\x12\x00";

/// What was accepted once is not measured again.
const ANY: pdata::Limits =
    pdata::Limits { bytes: u32::MAX as usize, depth: MAX_DEPTH, records: u32::MAX, attributes: u32::MAX };

impl DeadLetter {
    /// The letter as a request of one log record.
    pub(crate) fn seal(&self) -> Result<Request, Malformed> {
        let empty = Request::validate(Signal::Logs, Bytes::from_static(EMPTY), &ANY)?;
        Ok(empty.edit(&mut Seal(self)))
    }

    /// The letter that such a request holds.
    pub(crate) fn open(request: &Request) -> Option<DeadLetter> {
        let group = request.resources().next()?;
        let scope = group.scopes().next()?;
        let record = scope.log_records().next().filter(|record| record.event_name == EVENT)?;
        let text = |key: &str| Some(record.attributes().get(key)?.as_text()?.as_str().to_owned());
        let signal = text(SIGNAL)?;
        let signal = Signal::ALL.into_iter().find(|known| known.as_str() == signal)?;
        let category = text(CATEGORY)?;
        let AnyValue::Bytes(body) = record.body else { return None };
        Some(DeadLetter {
            exporter: ComponentId::parse(&text(EXPORTER)?).ok()?,
            pipeline: text(PIPELINE)?.into(),
            request: Request::validate(signal, Bytes::copy_from_slice(body), &ANY).ok()?,
            category: Category::ALL.into_iter().find(|known| known.as_str() == category)?,
            reason: Reason::new(text(REASON)?),
            attempts: u32::try_from(number(&record, ATTEMPTS)?).ok()?,
            received_unix_nano: record.observed_time_unix_nano,
            first_unix_nano: u64::try_from(number(&record, FIRST)?).ok()?,
            last_unix_nano: record.time_unix_nano,
        })
    }
}

fn number(record: &LogRecord<'_>, key: &str) -> Option<i64> {
    match record.attributes().get(key)? {
        AnyValue::Int(number) => Some(number),
        _ => None,
    }
}

struct Seal<'l>(&'l DeadLetter);

impl<'a> Edit<'a> for Seal<'_> {
    fn room(&self, _: &Request) -> usize {
        self.0.request.bytes().len() + 1024
    }

    fn record(&mut self, _: &'static Message, _: &'a [u8], add: &mut Additions<'_>) -> Whole {
        let letter = self.0;
        add.time(letter.last_unix_nano);
        add.observed_time(letter.received_unix_nano);
        add.event_name(Text::from(EVENT));
        for (key, text) in [
            (EXPORTER, letter.exporter.as_str()),
            (PIPELINE, &letter.pipeline),
            (SIGNAL, letter.request.signal().as_str()),
            (CATEGORY, letter.category.as_str()),
            (REASON, letter.reason.as_str()),
        ] {
            add.attribute(key, &AnyValue::Str(text.into()));
        }
        add.attribute(RECORDS, &AnyValue::Int(letter.request.records().into()));
        add.attribute(ATTEMPTS, &AnyValue::Int(letter.attempts.into()));
        add.attribute(FIRST, &AnyValue::Int(i64::try_from(letter.first_unix_nano).unwrap_or(i64::MAX)));
        add.body(&AnyValue::Bytes(letter.request.bytes()));
        Whole::Behind
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::dead_letter::testing::letter;

    #[test]
    fn a_letter_comes_out_of_its_envelope_as_it_went_in() {
        for category in Category::ALL {
            let letter = DeadLetter { category, ..letter("siem_http/eu", "poison") };
            assert_eq!(DeadLetter::open(&letter.seal().unwrap()), Some(letter));
        }
    }

    #[test]
    fn a_request_that_is_no_letter_is_none() {
        assert_eq!(DeadLetter::open(&letter("siem_http", "x").request), None);
    }
}
