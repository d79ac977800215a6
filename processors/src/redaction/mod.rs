//! Hides secrets and personal data before anything is kept: the journal, and all behind it, never
//! see them.
//!
//! All bytes of a request are looked at once, to mark where something may be ([`scan`]). One walk over
//! its fields ([`visit`]) then judges every key ([`keys`]) and lets the [`detectors`] look at texts with
//! marks. Records resemble each other, so what is known of a key is kept ([`memo`]). What is found is
//! replaced while the request is copied; where nothing is found the same bytes go on.
//!
//! It fails closed: a text that cannot be masked in part is masked as a whole.

mod action;
mod arguments;
mod avx2;
mod block;
mod by;
mod byte_set;
mod config;
mod count;
mod detectors;
mod embedded;
mod finds;
mod hidden;
mod hits;
mod keys;
mod lenient;
mod literals;
mod memo;
mod naming;
mod neighbours;
mod overlay;
mod places;
mod profile;
mod replace;
mod rules;
mod scan;
mod visit;
mod whereabouts;
mod words;

pub use action::Action;
pub use config::{Config, HashKey};
pub use detectors::{Detector, Detectors};
pub use overlay::Beyond;
pub use profile::Profile;
pub use rules::sanitize::{Database, DbSanitizer, UrlSanitizer};
pub use rules::settings::{CustomDetector, Exception, HashFunction, Summary, Validator};
pub use rules::summary::is_summary;

use crate::pool::Pool;
use action::Actions;
use by::By;
use component::{BuildError, ComponentId, Context, Processor, Refusal};
use count::{Counters, Tally};
pub use count::{Found, Place};
use detectors::SPECS;
use memo::Memos;
use pdata::Request;
use rules::Rules;
use scan::Scanner;
use visit::Redactor;

/// The processor.
pub struct Redaction {
    scanner: Scanner,
    actions: Actions,
    keys: bool,
    cards: bool,
    rules: Rules,
    memos: Pool<Memos>,
    counters: Counters,
}

impl Redaction {
    fn new(config: &Config, id: &ComponentId) -> Result<Redaction, BuildError> {
        let config = &config.with_profile();
        let on = |detector| config.on(detector);
        Ok(Redaction {
            scanner: Scanner::new(SPECS.iter().filter(|spec| on(spec.detector))),
            actions: Actions::new(
                Detector::ALL.iter().map(|detector| (*detector, config.action(*detector))),
                config.hash.as_ref(),
            ),
            keys: on(Detector::SecretKey),
            cards: on(Detector::PaymentCard),
            memos: Pool::default(),
            rules: Rules::new(config, id)?,
            counters: Counters::new(id, By::names()),
        })
    }

    /// The redacted request. What was hidden is counted.
    pub fn hide(&self, request: &Request) -> Request {
        let (request, ruled) = self.rules.apply(request, &self.actions);
        let (redacted, tally) = self.redacted(&request);
        self.rules.count(&ruled);
        self.counters.add(&tally, By::number);
        redacted
    }

    /// The redacted request, and how often each rule and detector found something where.
    pub fn redact(&self, request: &Request) -> (Request, Vec<Found>) {
        let (request, ruled) = self.rules.apply(request, &self.actions);
        let (redacted, tally) = self.redacted(&request);
        let detected = self.counters.named(&tally, By::number);
        (redacted, self.rules.found(&ruled).chain(detected).collect())
    }

    fn redacted(&self, request: &Request) -> (Request, Tally<By>) {
        let mut redactor = Redactor::new(self, self.memos.take(), request);
        let redacted = request.edit(&mut redactor);
        let (tally, memos) = redactor.end();
        self.memos.give(memos);
        (redacted, tally)
    }
}

impl Processor for Redaction {
    fn process(&self, request: Request, _: &Context) -> Result<Request, Refusal> {
        Ok(self.hide(&request))
    }
}
