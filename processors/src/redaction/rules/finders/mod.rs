//! The operator's patterns, and the keys that he blocks, looked for in a text and in what stands encoded there.

mod finder;
mod found;

pub use found::Found;

use super::by::By;
use super::keys::{Keys, Memo};
use super::names;
use super::patterns::Patterns;
use super::search::Search;
use super::settings::{CustomDetector, HashFunction};
use super::spots::Spots;
use crate::redaction::embedded::{Encodings, Levels};
use crate::redaction::hits::{Hit, unite};
use aws_lc_rs::hmac;
use component::settings::SecretReference;
use finder::Finder;
use std::sync::Arc;

/// `blocked_values` and custom detectors, in texts and in what stands encoded there; and the values that a text names by
/// blocked keys.
pub struct Finders {
    search: Search,
    /// By the number of their pattern; behind them those that find by names, and what finds the rest that patterns leave.
    each: Vec<Finder>,
    patterns: usize,
    allowed: Patterns,
    /// What says which names, and whether some are blocked.
    keys: Arc<Keys>,
    blocks_names: bool,
    /// What blocked values are hashed with.
    hash: Option<hmac::Key>,
}

/// Room for what is found in one text, kept for the next one, and what is known of names in texts.
#[derive(Debug, Default)]
pub struct Scratch {
    /// By the number of who found it.
    hits: Vec<Hit<usize>>,
    levels: Levels,
    /// The spots of a text that was read.
    spots: Spots,
    names: Memo,
}

impl Scratch {
    /// As many finds as there is room kept for.
    const KEPT: usize = 1 << 10;
}

/// Who does not look at a text, and who does besides.
#[derive(Clone, Copy, Default)]
pub struct Unless<'s> {
    /// `blocked_values` and `blocked_key_patterns`, where a text is allowed.
    pub allowed: bool,
    /// Numbers of custom detectors.
    pub skipped: &'s [usize],
    /// Whether it stands for entries of a body, of which only those are kept whose keys are allowed.
    pub is_body: bool,
}

impl Finders {
    /// These blocked values and detectors.
    pub fn new<'d>(
        blocked: &'d [String],
        custom: impl Iterator<Item = &'d CustomDetector>,
        allowed: Patterns,
        keys: Arc<Keys>,
        hash: Option<(HashFunction, &SecretReference)>,
    ) -> Result<Finders, String> {
        let custom: Vec<&CustomDetector> = custom.collect();
        let mut each: Vec<Finder> = Vec::new();
        each.extend(blocked.iter().map(|_| Finder::of(By::BlockedValues)));
        for (number, detector) in custom.iter().enumerate() {
            each.push(Finder::custom(number, detector)?);
        }
        each.extend([By::BlockedKeys, By::AllowedKeys, By::Failed].map(Finder::of));
        let patterns = blocked.iter().map(String::as_str);
        let patterns = patterns.chain(custom.iter().map(|detector| detector.pattern.as_str()));
        let patterns: Vec<&str> = patterns.collect();
        let key = |algorithm, key: &SecretReference| hmac::Key::new(algorithm, key.expose().as_bytes());
        let hash = hash.and_then(|(function, secret)| match function {
            HashFunction::HmacSha256 => Some(key(hmac::HMAC_SHA256, secret)),
            HashFunction::HmacSha512 => Some(key(hmac::HMAC_SHA512, secret)),
            HashFunction::Md5 | HashFunction::Sha1 | HashFunction::Sha3 => None,
        });
        let blocks_names = keys.blocks_any();
        let search = Search::new(&patterns, !patterns.is_empty() || blocks_names)?;
        Ok(Finders { search, each, patterns: patterns.len(), allowed, keys, blocks_names, hash })
    }

    /// Whether one of `allowed_values` is in a text.
    pub fn allows(&self, text: &[u8]) -> bool {
        self.allowed.is_match(text)
    }

    /// Whether nothing is found in a text, a part of what the spots are of.
    #[inline]
    pub fn finds_nothing(&self, text: &[u8], spots: &Spots) -> bool {
        self.search.finds_nothing(text, spots) && !(self.blocks_names && names::may_be_in(text))
    }

    /// What tells in which texts patterns may find something.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Looks at a text, the value of `key` if it has one. Mostly it is a part of what the spots are of.
    pub fn look<'f>(
        &'f self,
        key: &[u8],
        text: &[u8],
        spots: &Spots,
        unless: Unless<'_>,
        scratch: &'f mut Scratch,
    ) -> Option<Found<'f>> {
        match spots.know(text) {
            true => self.look_at(key, text, spots, unless, scratch),
            // What a number says is not in the request.
            false => {
                let mut spots = Spots::default();
                self.search.spot(text, &mut spots);
                self.look_at(key, text, &spots, unless, scratch);
            }
        }
        (!scratch.hits.is_empty()).then_some(Found { finders: self, hits: &mut scratch.hits })
    }

    fn look_at(&self, key: &[u8], text: &[u8], spots: &Spots, unless: Unless<'_>, scratch: &mut Scratch) {
        let Scratch { hits, levels, spots: within, names } = scratch;
        hits.clear();
        hits.shrink_to(Scratch::KEPT);
        self.search_in(key, text, spots, unless, hits);
        self.names_in(text, |_| true, unless, names, hits);
        let seen = spots.encodings(text);
        levels.look(text, seen, hits, &mut |read, hits| {
            let text = read.text();
            self.search.spot(text, within);
            // What is allowed in it is not so in the text around.
            let allowed = unless.allowed || self.allows(text);
            let unless = Unless { allowed, is_body: false, ..unless };
            self.search_in(key, text, within, unless, hits);
            self.names_in(text, |at| read.is_plain(at), unless, names, hits);
            within.encodings(text)
        });
        if seen != Encodings::default() {
            // What stands there plainly is found at every level.
            unite(hits);
        }
    }

    /// What patterns find that stands there plainly.
    fn search_in(
        &self,
        key: &[u8],
        text: &[u8],
        spots: &Spots,
        unless: Unless<'_>,
        hits: &mut Vec<Hit<usize>>,
    ) {
        let (mut looking, failed) = (None, self.patterns + 2);
        self.search.each_find(text, spots, |number, range| {
            let Some(finder) = self.each.get(number) else { return };
            // Once for all that a pattern finds, as a text may hold any number of finds, and a key be long.
            let around = match looking {
                Some((last, around)) if last == number => around,
                _ => finder.around(key, text, unless),
            };
            looking = Some((number, around));
            match range {
                Some(range) if finder.accepts(text, &range, around) => hits.push(Hit::new(range, number)),
                // What else it would find is hidden with all there is.
                None if around.is_right => hits.push(Hit::new(0..text.len(), failed)),
                _ => {}
            }
        });
    }

    /// The values that the text names by keys that are blocked, or by keys that are not allowed where they need to be.
    fn names_in(
        &self,
        text: &[u8],
        is_plain: impl Fn(usize) -> bool,
        unless: Unless<'_>,
        known: &mut Memo,
        hits: &mut Vec<Hit<usize>>,
    ) {
        let looks = self.blocks_names && !unless.allowed;
        let needs = unless.is_body && self.keys.has_allowed_list() && names::is_json(text);
        if !looks && !needs {
            return;
        }
        let [blocked, not_allowed] = [self.patterns, self.patterns + 1];
        let hides = |name: &[u8], is_entry: bool| {
            let known = known.get(name, || self.keys.judge(name));
            match needs && is_entry && !known.allowed && !known.ignored {
                true => Some(not_allowed),
                false => (looks && known.blocks_what_it_names()).then_some(blocked),
            }
        };
        names::each_value(text, is_plain, hides, |range, quote, of| {
            if of == not_allowed || !self.allows(text.get(range.clone()).unwrap_or_default()) {
                hits.push(Hit { range, quote, of });
            }
        });
    }

    /// Whether a name is that of a blocked key, so that what it names is hidden.
    pub fn blocks(&self, name: &[u8], scratch: &mut Scratch) -> bool {
        scratch.names.get(name, || self.keys.judge(name)).blocks_what_it_names()
    }
}
