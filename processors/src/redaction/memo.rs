//! Remembers what is known of keys: those of one record are those of the next, and of the next request; and of the
//! resource, which is mostly the same in the next request too.

use super::embedded::Embedded;
use super::keys::{self, Verdict};
use super::naming::Entry;
use super::places::Places;
use pdata::LastResource;
use pdata::view::is_same;

/// Slots; a power of two. Records have a few dozen different keys.
const SLOTS: usize = 64;
/// How many slots a key may be in. Where all are taken, the last one is taken over.
const PROBES: usize = 4;
/// Longer keys are judged each time, in bytes. What is known of one fits into a line of the cache.
const LONGEST: usize = 56;

/// What is known of some keys. Its size is bounded: a key that was driven out is judged anew, which
/// costs time, not memory.
pub struct Memo {
    slots: Box<[Slot; SLOTS]>,
    /// Where the key is that was asked for last.
    last: u8,
}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Slot {
    bytes: [u8; LONGEST],
    /// How many of them are the key; more than there are, where there is none.
    len: u8,
    /// Where the key is that came behind this one the last time.
    next: u8,
    known: Known,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What it says about its value.
    pub verdict: Verdict,
    /// What it says about the entry of a map behind it, or about the one before.
    pub entry: Entry,
    /// Whether it was looked at as a text, and nothing was in it.
    pub clean: bool,
}

impl Known {
    /// A key that is clean and says nothing of its value.
    pub const NOTHING_TO_HIDE: Known = Known { verdict: Verdict::Plain, entry: Entry::Other, clean: true };
}

impl Slot {
    const EMPTY: Slot = Slot {
        bytes: [0; LONGEST],
        len: u8::MAX,
        next: 0,
        known: Known { verdict: Verdict::Plain, entry: Entry::Other, clean: false },
    };

    #[inline]
    fn has(&self, key: &[u8]) -> bool {
        usize::from(self.len) == key.len()
            && self.bytes.get(..key.len()).is_some_and(|bytes| is_same(bytes, key))
    }
}

impl Default for Memo {
    /// Knows nothing yet.
    fn default() -> Memo {
        Memo { slots: Box::new([Slot::EMPTY; SLOTS]), last: 0 }
    }
}

impl Memo {
    /// Where what is known of a key is, below [`SLOTS`]: good for [`Memo::at`] until another key is
    /// asked for. Keys mostly come in the order of the record before.
    #[inline(always)]
    pub fn find(&mut self, key: &[u8]) -> usize {
        let last = usize::from(self.last) % SLOTS;
        let guess = self.slots.get(last).map_or(0, |slot| slot.next);
        self.last = match self.slots.get(usize::from(guess) % SLOTS) {
            Some(slot) if slot.has(key) => guess,
            _ => {
                let at = self.search(key) as u8;
                if let Some(slot) = self.slots.get_mut(last) {
                    slot.next = at;
                }
                at
            }
        };
        self.last.into()
    }

    #[inline(never)]
    fn search(&mut self, key: &[u8]) -> usize {
        let ends = ends(key);
        // The ends and the length of a key tell nearly all apart.
        let mixed = (ends.0 ^ ends.1.rotate_left(29) ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let home = (mixed >> 57) as usize;
        let mut at = home % SLOTS;
        for probe in 0..PROBES {
            at = (home + probe) % SLOTS;
            match self.slots.get(at) {
                Some(slot) if slot.has(key) => return at,
                Some(slot) if slot.len != Slot::EMPTY.len => {}
                _ => break,
            }
        }
        self.judge(at, key);
        at
    }

    #[cold]
    fn judge(&mut self, at: usize, key: &[u8]) {
        if let Some(slot) = self.slots.get_mut(at) {
            let known = Known { verdict: keys::judge(key), entry: Entry::of(key), clean: false };
            let len = if key.len() <= LONGEST { key.len() as u8 } else { Slot::EMPTY.len };
            *slot = Slot { len, known, ..Slot::EMPTY };
            slot.bytes.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        }
    }

    /// What is known there; more can be written down.
    // The remainder keeps it in bounds.
    #[allow(clippy::indexing_slicing)]
    #[inline]
    pub fn at(&mut self, at: usize) -> &mut Known {
        &mut self.slots[at % SLOTS].known
    }

    /// What a name says about what stands behind it, where names come in no order.
    pub fn verdict(&mut self, key: &[u8]) -> Verdict {
        let at = self.search(key);
        self.at(at).verdict
    }
}

/// The last resource, and whether nothing was to be hidden in it.
#[derive(Default)]
pub struct CleanResource {
    last: LastResource,
    is_clean: bool,
    /// How much had been found when the walk went into it; none once it has come out.
    found_before: Option<u64>,
}

impl CleanResource {
    /// Whether the walk has to go into a resource.
    pub fn begin(&mut self, resource: &[u8], found: u64) -> bool {
        self.is_clean &= self.last.is(resource);
        self.found_before = (!self.is_clean).then_some(found);
        !self.is_clean
    }

    /// The walk is somewhere behind the resource that it went into last.
    pub fn end(&mut self, found: u64) {
        if let Some(before) = self.found_before.take() {
            self.is_clean = before == found;
        }
    }
}

/// What a processor knows of keys, of the last resource, and of names within texts; and room for marks and for texts within texts.
#[derive(Default)]
pub struct Memos {
    pub keys: Memo,
    pub resource: CleanResource,
    pub names: Memo,
    pub places: Places,
    pub embedded: Embedded,
}

/// The first and the last eight bytes, which overlap in a short key.
#[inline]
fn ends(key: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        return (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into());
    }
    (key.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memo_says_what_the_judge_says_also_when_it_is_full() {
        let keys: Vec<String> = (0..1000)
            .map(|i| match i % 4 {
                0 => format!("attribute.number.{i}"),
                1 => format!("k{i}.password"),
                2 => format!("{i}"),
                _ => format!("a.rather.long.prefix.{i}.token"),
            })
            .collect();
        let mut memo = Memo::default();
        for key in keys.iter().chain(&keys) {
            assert_eq!(memo.verdict(key.as_bytes()), keys::judge(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn keys_that_differ_in_the_middle_only_are_told_apart() {
        let mut memo = Memo::default();
        assert_eq!(memo.verdict(b"requests.user_token_seen.by.name"), Verdict::Plain);
        assert_eq!(
            memo.verdict(b"requests.user_token.value.x.name1"),
            keys::judge(b"requests.user_token.value.x.name1")
        );
        assert_eq!(memo.verdict(b"aaaaaaaa.password.bbbbbbbb"), Verdict::Secret);
        assert_eq!(memo.verdict(b"aaaaaaaa.passages.bbbbbbbb"), Verdict::Plain);
    }
}
