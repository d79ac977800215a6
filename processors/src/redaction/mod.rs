//! Hides secrets and personal data before anything is kept: the journal, and all behind it, never
//! see them.
//!
//! One pass over a request's bytes ([`prefilter`]) marks where something could be. One walk over its
//! fields ([`visit`]) judges every key ([`keys`]) and looks at the marked texts ([`scan`]) with the
//! [`detectors`]. What is found becomes edits, applied in one splice; where nothing is found the
//! same bytes go on.
//!
//! It fails closed: a text that cannot be masked in part is masked as a whole, and a request that
//! cannot be edited is refused.

mod config;
mod count;
mod detectors;
mod keys;
mod marks;
mod memo;
mod prefilter;
mod scan;
mod visit;
mod words;

pub use config::{Config, Detectors};

use component::{BuildError, ComponentId, Context, Processor, Refusal};
use count::Counters;
use detectors::{Detector, SPECS};
use pdata::{Edits, Request};
use scan::Scanner;
use visit::Redactor;

/// The processor.
pub struct Redaction {
    scanner: Scanner,
    keys: bool,
    cards: bool,
    counters: Counters,
}

impl Redaction {
    fn new(config: &Config, id: &ComponentId) -> Result<Redaction, BuildError> {
        let on = |detector| config.detectors.on(detector);
        let specs: Vec<_> = SPECS.iter().filter(|spec| on(spec.detector)).collect();
        let scanner = Scanner::new(&specs)
            .map_err(|error| BuildError(format!("{id}: the detectors cannot be combined: {error}")))?;
        Ok(Redaction {
            scanner,
            keys: on(Detector::SecretKey),
            cards: on(Detector::PaymentCard),
            counters: Counters::new(id),
        })
    }
}

impl Processor for Redaction {
    fn process(&self, request: Request, _: &Context) -> Result<Request, Refusal> {
        let mut redactor =
            Redactor::new(&self.scanner, self.keys, self.cards, request.bytes(), Edits::of(&request));
        request.walk(&mut redactor);
        let Redactor { edits, tally, .. } = redactor;
        if edits.is_empty() {
            return Ok(request);
        }
        let redacted =
            edits.apply().map_err(|_| Refusal::Internal("redaction could not edit the request"))?;
        self.counters.add(&tally);
        Ok(redacted)
    }
}
