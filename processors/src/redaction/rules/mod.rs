//! What an operator says beyond the detectors: which keys stay, which go, and patterns of what is hidden.
//!
//! The names and meanings are those of the Collector's `redaction` processor, where it has them. All of it is one walk
//! before that of the detectors ([`walk`]), of the records that hold something that a pattern may find ([`spots`]) where
//! only texts count, and none where nothing is said: what rules keep, detectors still
//! look at, so that a rule that is too wide leaks nothing that they know.

mod bits;
mod by;
mod check;
mod class;
mod dialect;
mod finders;
mod idle;
mod keys;
mod lookahead;
mod names;
mod needs;
mod patterns;
mod rows;
pub mod sanitize;
mod search;
pub mod settings;
mod spots;
pub mod summary;
mod validator;
mod walk;

use super::action::Actions;
use super::config::Config;
use super::count::{Counters, Found, Tally};
use super::detectors::Detector;
use crate::pool::Pool;
use by::By;
use component::{BuildError, ComponentId};
use finders::Finders;
use keys::Keys;
use patterns::Patterns;
use pdata::{Request, Signal};
use sanitize::Sanitizers;
use settings::Summary;
use std::collections::HashMap;
use std::sync::Arc;
use walk::{Memos, Walk};

/// The rules of one processor.
pub struct Rules {
    /// Whether there is any.
    any: bool,
    keys: Arc<Keys>,
    finders: Finders,
    exceptions: Vec<Skipped>,
    all_types: bool,
    sanitizers: Option<Sanitizers>,
    summary: Summary,
    /// How long a text may be to be looked into, in bytes.
    limit: usize,
    /// Whether only texts count: a text without a spot is left alone, whatever its key, and nothing is told of it.
    texts_only: bool,
    /// Whether patterns look at the numbers and truth values of bodies.
    finds_scalars: bool,
    memos: Pool<Memos>,
    counters: Counters,
}

/// Who does not look at a key's value.
#[derive(Default)]
struct Skipped {
    detectors: Vec<Detector>,
    /// Numbers of custom detectors.
    custom: Vec<usize>,
}

/// What detectors do not look at.
#[derive(Clone, Copy, Debug)]
pub enum Exempt<'r> {
    /// The whole value.
    Ignored,
    /// What these would find.
    From(&'r [Detector]),
}

impl Rules {
    /// What is configured.
    pub fn new(config: &Config, id: &ComponentId) -> Result<Rules, BuildError> {
        let list = |name: &str, patterns: &[String]| {
            Patterns::new(patterns.iter().map(String::as_str))
                .map_err(|reason| BuildError(format!("{id}: {name}: {reason}")))
        };
        let mut by_key = HashMap::new();
        for (number, exception) in config.exceptions.iter().enumerate() {
            by_key.extend(exception.keys.iter().map(|key| (key.as_bytes().into(), number)));
        }
        let hash = config.hash_function.zip(config.hmac_key.as_ref());
        let sanitizers = Sanitizers::new(&config.url_sanitizer, &config.db_sanitizer);
        let keys = Arc::new(Keys::new(
            (!config.allows_all_keys()).then_some(&config.allowed_keys),
            &config.ignored_keys,
            list("ignored_key_patterns", &config.ignored_key_patterns)?,
            list("blocked_key_patterns", &config.blocked_key_patterns)?,
            by_key,
        ));
        let finders = Finders::new(
            &config.blocked_values,
            config.custom_detectors.values(),
            list("allowed_values", &config.allowed_values)?,
            Arc::clone(&keys),
            hash,
        )
        .map_err(|reason| BuildError(format!("{id}: all patterns together: {reason}")))?;
        let texts_only = finders.search().spots_all()
            && config.allows_all_keys()
            && config.blocked_key_patterns.is_empty()
            && !config.redact_all_types
            && config.summary == Summary::Silent
            && sanitizers.is_none();
        Ok(Rules {
            any: config.has_rules(),
            keys,
            finders,
            exceptions: config
                .exceptions
                .iter()
                .map(|exception| Skipped::new(&exception.skip, config))
                .collect(),
            all_types: config.redact_all_types,
            sanitizers,
            summary: config.summary,
            limit: config.max_value_size.as_usize(),
            texts_only,
            finds_scalars: !config.blocked_values.is_empty() || !config.custom_detectors.is_empty(),
            memos: Pool::default(),
            counters: Counters::new(
                id,
                By::NAMES.into_iter().chain(config.custom_detectors.keys().map(String::as_str)),
            ),
        })
    }

    /// The request with the rules applied, and what they hid.
    pub fn apply(&self, request: &Request, actions: &Actions) -> (Request, Tally<By>) {
        // No text is longer than the request.
        if !self.any && request.bytes().len() <= self.limit {
            return (request.clone(), Tally::default());
        }
        let mut memos = self.memos.take();
        self.finders.search().spot(request.bytes(), &mut memos.spots);
        let mut walk = Walk::new(self, actions, memos);
        let scalars = self.finds_scalars && request.signal() == Signal::Logs;
        let applied = match walk.has_nothing(request.bytes()) && !scalars {
            true => request.clone(),
            false => request.edit(&mut walk),
        };
        let (tally, memos) = walk.end();
        self.memos.give(memos);
        (applied, tally)
    }

    /// Counts what was hidden.
    pub fn count(&self, tally: &Tally<By>) {
        self.counters.add(tally, By::number);
    }

    /// What was hidden.
    pub fn found(&self, tally: &Tally<By>) -> impl Iterator<Item = Found> {
        self.counters.named(tally, By::number)
    }

    /// What of a key's value the detectors do not look at.
    pub fn exempt(&self, key: &[u8]) -> Exempt<'_> {
        if !self.any {
            return Exempt::From(&[]);
        }
        if self.keys.ignores(key) {
            return Exempt::Ignored;
        }
        let skipped = self.keys.exception(key).and_then(|number| self.exceptions.get(number));
        Exempt::From(skipped.map_or(&[], |skipped| &skipped.detectors))
    }
}

impl Skipped {
    fn new(names: &[String], config: &Config) -> Skipped {
        let of = |name: &String| Detector::ALL.iter().find(|detector| detector.name() == name);
        let number = |name: &String| config.custom_detectors.keys().position(|custom| custom == name);
        Skipped {
            detectors: names.iter().filter_map(of).copied().collect(),
            custom: names.iter().filter_map(number).collect(),
        }
    }
}
