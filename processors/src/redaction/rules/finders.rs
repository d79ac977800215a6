//! The operator's patterns with what belongs to each: what has to be near a find, and what becomes of it.

use super::super::action::{Action, Actions, Tenant};
use super::super::embedded::{Encodings, Levels};
use super::super::hits::{Hit, MASK, unite};
use super::super::replace::{Find, replace};
use super::by::By;
use super::keys::{Keys, Memo};
use super::names;
use super::patterns::Patterns;
use super::search::Search;
use super::settings::{CustomDetector, HashFunction, Validator};
use super::spots::Spots;
use aws_lc_rs::hmac;
use component::settings::SecretReference;
use data_encoding::HEXLOWER;
use pdata::view::{Text, TextBuf};
use std::ops::Range;
use std::sync::Arc;

/// How far before a find its context may stand, in bytes.
const CONTEXT: usize = 40;

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

struct Finder {
    by: By,
    keywords: Option<Patterns>,
    context: Option<Patterns>,
    validator: Validator,
    action: Action,
}

/// What is the same for all finds of one pattern in a text.
#[derive(Clone, Copy)]
struct Around {
    /// Whether its detector looks, and the keywords are there.
    is_right: bool,
    /// Whether no context is needed but that of the key.
    has_context: bool,
}

/// What was found in one text, with the number of who found it. Keeps its room for the next one.
#[derive(Debug, Default)]
pub struct Finds {
    list: Vec<Hit<usize>>,
    levels: Levels,
    /// The spots of a text that was read, and what is known of names in texts.
    spots: Spots,
    names: Memo,
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
            each.push(Finder {
                by: By::Custom(number),
                keywords: words(&detector.keywords)?,
                context: words(&detector.context)?,
                validator: detector.validator,
                action: detector.action,
            });
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

    /// Looks at a text, a part of what the spots are of, and the value of `key` if it has one.
    pub fn look(&self, key: &[u8], text: &[u8], spots: &Spots, unless: Unless<'_>, finds: &mut Finds) {
        let Finds { list, levels, spots: within, names } = finds;
        list.clear();
        list.shrink_to(Finds::KEPT);
        self.search_in(key, text, spots, unless, list);
        self.names_in(text, |_| true, unless, names, list);
        let seen = spots.encodings(text);
        levels.look(text, seen, list, &mut |read, list| {
            let text = read.text();
            self.search.spot(text, within);
            // What is allowed in it is not so in the text around.
            let allowed = unless.allowed || self.allows(text);
            let unless = Unless { allowed, is_body: false, ..unless };
            self.search_in(key, text, within, unless, list);
            self.names_in(text, |at| read.is_plain(at), unless, names, list);
            within.encodings(text)
        });
        if seen != Encodings::default() {
            // What stands there plainly is found at every level.
            unite(list);
        }
    }

    /// What patterns find that stands there plainly.
    fn search_in(
        &self,
        key: &[u8],
        text: &[u8],
        spots: &Spots,
        unless: Unless<'_>,
        list: &mut Vec<Hit<usize>>,
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
                Some(range) if finder.accepts(text, &range, around) => list.push(Hit::new(range, number)),
                // What else it would find is hidden with all there is.
                None if around.is_right => list.push(Hit::new(0..text.len(), failed)),
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
        list: &mut Vec<Hit<usize>>,
    ) {
        let looks = self.blocks_names && !unless.allowed;
        let needs = unless.is_body && self.keys.has_allowed_list() && names::is_json(text);
        if !looks && !needs {
            return;
        }
        let [blocked, not_allowed] = [self.patterns, self.patterns + 1];
        let hides = |name: &[u8], is_entry: bool| {
            let known = known.get(name, || self.keys.judge(name));
            match known.ignored {
                true => None,
                false if needs && is_entry && !known.allowed => Some(not_allowed),
                false => (looks && known.blocked).then_some(blocked),
            }
        };
        names::each_value(text, is_plain, hides, |range, quote, of| {
            if of == not_allowed || !self.allows(text.get(range.clone()).unwrap_or_default()) {
                list.push(Hit { range, quote, of });
            }
        });
    }

    /// Who found something, once for each find.
    pub fn by(&self, finds: &Finds) -> impl Iterator<Item = By> {
        finds.list.iter().filter_map(|hit| self.each.get(hit.of).map(|finder| finder.by))
    }

    /// What becomes of the value that the text is: the strongest of the finds' actions.
    pub fn action(&self, finds: &Finds) -> Action {
        finds.list.iter().map(|hit| self.action_of(hit.of)).max().unwrap_or_default()
    }

    fn action_of(&self, number: usize) -> Action {
        self.each.get(number).map(|finder| finder.action).unwrap_or_default()
    }

    /// Writes the text with every find replaced; finds that overlap are one. `None` where a find would cut a
    /// character, which no pattern's does.
    pub fn replace(
        &self,
        text: Text<'_>,
        finds: &mut Finds,
        actions: &Actions,
        tenant: &Tenant,
        out: &mut TextBuf,
    ) -> Option<()> {
        finds.list.sort_unstable_by_key(|hit| (hit.range.start, hit.range.end, hit.of));
        let finds = finds.list.iter().map(|hit| Find {
            range: hit.range.clone(),
            action: self.action_of(hit.of),
            how: How { blocked: self.is_blocked(hit.of), quote: hit.quote.clone() },
        });
        let put = |find: &Find<How>, found: Text<'_>, out: &mut TextBuf| {
            let quote = text.get(find.how.quote.clone()).unwrap_or_default();
            out.push(quote);
            match find.action {
                Action::Mask if find.how.blocked => self.put_masked(found, out),
                action => actions.put(action, found, tenant, out),
            }
            out.push(quote);
        };
        replace(text, finds, How::join, put, out)
    }

    fn is_blocked(&self, number: usize) -> bool {
        self.each.get(number).is_none_or(|finder| matches!(finder.by, By::BlockedValues | By::BlockedKeys))
    }

    /// Writes what stands in the place of something blocked.
    pub fn put_masked(&self, found: Text<'_>, out: &mut TextBuf) {
        match &self.hash {
            Some(key) => {
                out.push(HEXLOWER.encode(hmac::sign(key, found.as_bytes()).as_ref()).as_str().into());
            }
            None => out.push(MASK.into()),
        }
    }
}

/// How a find is hidden.
#[derive(Clone)]
struct How {
    /// As what is blocked is.
    blocked: bool,
    /// Where the quote stands in the text that goes around it; empty where none does.
    quote: Range<usize>,
}

impl How {
    /// How two are that overlap.
    fn join(self, other: How) -> How {
        let quote = if self.quote.is_empty() { other.quote } else { self.quote };
        How { blocked: self.blocked || other.blocked, quote }
    }
}

impl Finds {
    /// As many as there is room kept for.
    const KEPT: usize = 1 << 10;

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Finder {
    fn of(by: By) -> Finder {
        Finder { by, keywords: None, context: None, validator: Validator::None, action: Action::Mask }
    }

    /// What is around its finds in a text, the value of `key` if it has one.
    fn around(&self, key: &[u8], text: &[u8], unless: Unless<'_>) -> Around {
        let looks = match self.by {
            By::Custom(number) => !unless.skipped.contains(&number),
            _ => !unless.allowed,
        };
        Around {
            is_right: looks && self.keywords.as_ref().is_none_or(|words| words.is_match(text)),
            has_context: self.context.as_ref().is_none_or(|words| words.is_match(key)),
        }
    }

    fn accepts(&self, text: &[u8], range: &Range<usize>, around: Around) -> bool {
        let found = text.get(range.clone()).unwrap_or_default();
        let before = text.get(range.start.saturating_sub(CONTEXT)..range.start).unwrap_or_default();
        let near = |words: &Patterns| words.is_match(before);
        // What stands in the place of a find is none.
        around.is_right
            && found != MASK.as_bytes()
            && self.validator.accepts(found)
            && (around.has_context || self.context.as_ref().is_some_and(near))
    }
}

/// A pattern that finds one of the words, whatever its case; none where there are no words.
fn words(words: &[String]) -> Result<Option<Patterns>, String> {
    if words.is_empty() {
        return Ok(None);
    }
    let any = words.iter().map(|word| regex_syntax::escape(word)).collect::<Vec<_>>().join("|");
    Patterns::new([format!("(?i:{any})").as_str()]).map(Some)
}
