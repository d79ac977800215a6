//! Redaction in front of one exporter: what comes out of the journal, as its destination may see it.

use component::{Batch, Exporter, Outcome, Reason};
use processors::redaction::Redaction;

/// An exporter with its own redaction, if it has one. Delivery knows nothing of it: what it retries, splits and
/// buries is what the journal held.
pub struct Overlaid<E> {
    exporter: E,
    overlay: Option<Redaction>,
}

/// Verdicts would be on other records than those of the batch, so none of it is sent.
const OTHER_RECORDS: Reason = Reason::of("the exporter's redaction changed the number of records");

impl<E> Overlaid<E> {
    /// An exporter whose destination sees what `overlay` leaves.
    pub fn new(exporter: E, overlay: Option<Redaction>) -> Overlaid<E> {
        Overlaid { exporter, overlay }
    }
}

impl<E: Exporter> Exporter for Overlaid<E> {
    type Payload = E::Payload;

    fn encode(&self, batch: &Batch) -> Result<E::Payload, Reason> {
        match &self.overlay {
            None => self.exporter.encode(batch),
            Some(overlay) => self.exporter.encode(&hide(overlay, batch)?),
        }
    }

    fn export(&self, payload: &E::Payload) -> impl Future<Output = Outcome> + Send {
        self.exporter.export(payload)
    }

    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        self.exporter.shutdown()
    }
}

/// The batch with its records in number and order, and less in them.
fn hide(overlay: &Redaction, batch: &Batch) -> Result<Batch, Reason> {
    let mut requests = Vec::with_capacity(batch.requests().len());
    for request in batch.requests() {
        let hidden = overlay.hide(request);
        if hidden.records() != request.records() {
            return Err(OTHER_RECORDS);
        }
        requests.push(hidden);
    }
    Ok(Batch::new(batch.signal(), requests))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use component::{Budget, ComponentId, Context, Verdict};
    use delivery::{DeadLetter, DeadLetters, Lane, Settings, Stopper};
    use journal::{Frame, Journal, Watermark};
    use parking_lot::Mutex;
    use pdata::{Limits, Request, Signal, json};
    use std::pin::Pin;
    use std::sync::Arc;

    /// Judges each record by itself: one with something masked in it is rejected.
    struct Judge;

    fn text(request: &Request) -> String {
        let mut text = Vec::new();
        json::encode(request.signal(), std::slice::from_ref(request), &mut text);
        String::from_utf8(text).unwrap()
    }

    impl Exporter for Judge {
        type Payload = Vec<Verdict>;

        fn encode(&self, batch: &Batch) -> Result<Vec<Verdict>, Reason> {
            let records = batch.requests().iter().flat_map(|request| request.clone().split_records(1));
            let judge = |record: Request| match text(&record) {
                text if text.contains('@') => panic!("not hidden: {text}"),
                text if text.contains("****") => Verdict::Rejected(Reason::of("masked")),
                _ => Verdict::Delivered,
            };
            Ok(records.map(judge).collect())
        }

        fn export(&self, verdicts: &Vec<Verdict>) -> impl Future<Output = Outcome> + Send {
            std::future::ready(Outcome::Partial(verdicts.clone()))
        }
    }

    #[derive(Default)]
    struct Kept(Mutex<Vec<DeadLetter>>);

    impl DeadLetters for Kept {
        fn keep(&self, letter: DeadLetter) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            self.0.lock().push(letter);
            Box::pin(std::future::ready(()))
        }
    }

    fn id(text: &str) -> ComponentId {
        ComponentId::parse(text).unwrap()
    }

    fn redaction(settings: serde_json::Value) -> Redaction {
        let config: processors::redaction::Config = serde_json::from_value(settings).unwrap();
        config.build(&id("redaction/archive")).unwrap()
    }

    fn logs(bodies: &[&str]) -> Request {
        let records: Vec<_> =
            bodies.iter().map(|body| serde_json::json!({ "body": { "stringValue": body } })).collect();
        let request = serde_json::json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] });
        json::decode(Signal::Logs, request.to_string().as_bytes(), &Limits::default()).unwrap()
    }

    #[tokio::test]
    async fn verdicts_are_on_the_journals_records_and_dead_letters_keep_what_it_held() {
        let journal = Journal::memory(journal::Settings::default());
        let cursor = journal.cursor("judge", true, None);
        let kept = Arc::new(Kept::default());
        let lane = Lane::new(id("judge"), Settings::default(), kept.clone(), fastrand::Rng::with_seed(1));
        let exporter = Arc::new(Overlaid::new(Judge, Some(redaction(serde_json::json!({})))));
        let (stopper, stop) = Stopper::new();
        let request = logs(&["a", "from maria@example.org", "b", "to jan@example.org", "c"]);
        let permit = Arc::new(Budget::new(1 << 20).admit(request.bytes().len()).unwrap());
        let frame = Frame { request, context: Context::now(None), permit };
        let receipt = journal.append(frame, Watermark::Delivered).await.unwrap();
        journal.close();
        stopper.drain_by(tokio::time::Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!(lane.run(exporter, "logs".into(), cursor, stop).await, 0);

        assert_eq!(receipt.reached().await.unwrap().rejected, 2);
        let letters = kept.0.lock().iter().map(|letter| letter.request.clone()).collect::<Vec<_>>();
        let expected = logs(&["from maria@example.org", "to jan@example.org"]);
        assert_eq!(letters.iter().map(text).collect::<String>(), text(&expected));
    }

    #[test]
    fn nothing_is_sent_when_records_would_be_missing() {
        let batch = Batch::new(Signal::Logs, vec![logs(&["a"]), logs(&["maria@example.org", "b"])]);
        let dropping = redaction(serde_json::json!({ "actions": { "email": "drop_record" } }));
        assert_eq!(Overlaid::new(Judge, Some(dropping)).encode(&batch), Err(OTHER_RECORDS));
        let masking = Overlaid::new(Judge, Some(redaction(serde_json::json!({}))));
        assert_eq!(masking.encode(&batch).map(|verdicts| verdicts.len()), Ok(3));
    }
}
