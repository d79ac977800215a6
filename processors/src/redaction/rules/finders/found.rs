//! What was found in a text, and what stands in its place.

use super::super::by::By;
use super::Finders;
use crate::redaction::action::{Action, Actions, Tenant};
use crate::redaction::hits::{Hit, MASK};
use crate::redaction::replace::{Find, replace};
use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use pdata::view::{Text, TextBuf};
use std::ops::Range;

/// What was found in one text: something.
pub struct Found<'f> {
    pub(super) finders: &'f Finders,
    /// By the number of who found it.
    pub(super) hits: &'f mut Vec<Hit<usize>>,
}

impl Found<'_> {
    /// Who found something, once for each find.
    pub fn by(&self) -> impl Iterator<Item = By> {
        self.hits.iter().filter_map(|hit| self.finders.each.get(hit.of).map(|finder| finder.by))
    }

    /// What becomes of the value that the text is: the strongest of the finds' actions.
    pub fn action(&self) -> Action {
        self.hits.iter().map(|hit| self.finders.action_of(hit.of)).max().unwrap_or_default()
    }

    /// Writes the text with every find replaced; finds that overlap are one. `None` where a find would cut a character.
    pub fn replace(
        self,
        text: Text<'_>,
        actions: &Actions,
        tenant: &Tenant,
        out: &mut TextBuf,
    ) -> Option<()> {
        let Found { finders, hits } = self;
        hits.sort_unstable_by_key(|hit| (hit.range.start, hit.range.end, hit.of));
        let finds = hits.iter().map(|hit| Find {
            range: hit.range.clone(),
            action: finders.action_of(hit.of),
            how: How { blocked: finders.is_blocked(hit.of), quote: hit.quote.clone() },
        });
        let put = |find: &Find<How>, found: Text<'_>, out: &mut TextBuf| {
            let quote = text.get(find.how.quote.clone()).unwrap_or_default();
            out.push(quote);
            match find.action {
                Action::Mask if find.how.blocked => finders.put_masked(found, out),
                action => actions.put(action, found, tenant, out),
            }
            out.push(quote);
        };
        replace(text, finds, How::join, put, out)
    }
}

impl Finders {
    fn action_of(&self, number: usize) -> Action {
        self.each.get(number).map(|finder| finder.action).unwrap_or_default()
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
