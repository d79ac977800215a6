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
