//! The operator's patterns with what belongs to each: what has to be near a find, and what becomes of it.

use super::super::action::{Action, Actions, Tenant};
use super::super::hits::MASK;
use super::super::replace::{Find, replace};
use super::by::By;
use super::patterns::Patterns;
use super::search::Search;
use super::settings::{CustomDetector, HashFunction, Validator};
use super::spots::Spots;
use aws_lc_rs::hmac;
use component::settings::SecretReference;
use data_encoding::HEXLOWER;
use pdata::view::{Text, TextBuf};
use std::ops::Range;

/// How far before a find its context may stand, in bytes.
const CONTEXT: usize = 40;

/// `blocked_values` and custom detectors.
pub struct Finders {
    search: Search,
    /// By the number of their pattern.
    each: Vec<Finder>,
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

/// What was found in one text.
#[derive(Debug, Default)]
pub struct Finds {
    list: Vec<(Range<usize>, usize)>,
}

/// Who does not look.
#[derive(Clone, Copy, Default)]
pub struct Unless<'s> {
    /// `blocked_values`, where a text is allowed.
    pub allowed: bool,
    /// Numbers of custom detectors.
    pub skipped: &'s [usize],
}

impl Finders {
    /// These blocked values and detectors.
    pub fn new<'d>(
        blocked: &'d [String],
        custom: impl Iterator<Item = &'d CustomDetector>,
        hash: Option<(HashFunction, &SecretReference)>,
    ) -> Result<Finders, String> {
        let custom: Vec<&CustomDetector> = custom.collect();
        let mut each: Vec<Finder> = Vec::new();
        each.extend(blocked.iter().map(|_| Finder {
            by: By::BlockedValues,
            keywords: None,
            context: None,
            validator: Validator::None,
            action: Action::Mask,
        }));
        for (number, detector) in custom.iter().enumerate() {
            each.push(Finder {
                by: By::Custom(number),
                keywords: words(&detector.keywords)?,
                context: words(&detector.context)?,
                validator: detector.validator,
                action: detector.action,
            });
        }
        let patterns = blocked.iter().map(String::as_str);
        let patterns = patterns.chain(custom.iter().map(|detector| detector.pattern.as_str()));
        let patterns: Vec<&str> = patterns.collect();
        let key = |algorithm, key: &SecretReference| hmac::Key::new(algorithm, key.expose().as_bytes());
        let hash = hash.and_then(|(function, secret)| match function {
            HashFunction::HmacSha256 => Some(key(hmac::HMAC_SHA256, secret)),
            HashFunction::HmacSha512 => Some(key(hmac::HMAC_SHA512, secret)),
            HashFunction::Md5 | HashFunction::Sha1 | HashFunction::Sha3 => None,
        });
        Ok(Finders { search: Search::new(&patterns)?, each, hash })
    }

    /// What tells in which texts patterns may find something.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Looks at a text, a part of what the spots are of, and the value of `key` if it has one.
    pub fn look(&self, key: &[u8], text: &[u8], spots: &Spots, unless: Unless<'_>, finds: &mut Finds) {
        finds.list.clear();
        let mut looking = None;
        self.search.each_find(text, spots, |number, range| {
            let Some(finder) = self.each.get(number) else { return };
            // Once for all that a pattern finds, as a text may hold any number of finds, and a key be long.
            let around = match looking {
                Some((last, around)) if last == number => around,
                _ => finder.around(key, text, unless),
            };
            looking = Some((number, around));
            if finder.accepts(text, &range, around) {
                finds.list.push((range, number));
            }
        });
    }

    /// Who found something, once for each find.
    pub fn by(&self, finds: &Finds) -> impl Iterator<Item = By> {
        finds.list.iter().filter_map(|(_, number)| self.each.get(*number).map(|finder| finder.by))
    }

    /// What becomes of the value that the text is: the strongest of the finds' actions.
    pub fn action(&self, finds: &Finds) -> Action {
        finds.list.iter().map(|(_, number)| self.action_of(*number)).max().unwrap_or_default()
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
        finds.list.sort_unstable_by_key(|(range, number)| (range.start, range.end, *number));
        let finds = finds.list.iter().map(|(range, number)| Find {
            range: range.clone(),
            action: self.action_of(*number),
            how: self.is_blocked(*number),
        });
        let put = |find: &Find<bool>, found: Text<'_>, out: &mut TextBuf| match find.action {
            Action::Mask if find.how => self.put_masked(found, out),
            action => actions.put(action, found, tenant, out),
        };
        replace(text, finds, |one, other| one || other, put, out)
    }

    fn is_blocked(&self, number: usize) -> bool {
        self.each.get(number).is_none_or(|finder| finder.by == By::BlockedValues)
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

impl Finds {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Finder {
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
