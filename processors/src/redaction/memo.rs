//! Remembers verdicts within a request: the keys of one record are the keys of the next.

use super::keys::{self, Verdict};

/// Slots; a power of two. A request has a few dozen different keys.
const SLOTS: usize = 128;
/// How many slots a key may be in. Beyond them it is judged anew each time.
const PROBES: usize = 4;

/// Verdicts by key, for one request. Its size is fixed: what finds no room costs time, not memory.
pub struct Memo<'a> {
    slots: [Slot<'a>; SLOTS],
}

#[derive(Clone, Copy, Default)]
struct Slot<'a> {
    key: &'a [u8],
    ends: (u64, u64),
    /// `None` for an empty slot.
    verdict: Option<Verdict>,
}

impl<'a> Memo<'a> {
    /// Knows nothing yet.
    pub fn new() -> Memo<'a> {
        Memo { slots: [Slot::default(); SLOTS] }
    }

    /// The verdict on a key.
    #[inline]
    pub fn verdict(&mut self, key: &'a [u8]) -> Verdict {
        let ends = ends(key);
        let mixed = (ends.0 ^ ends.1.rotate_left(29) ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let home = (mixed >> 57) as usize;
        for probe in 0..PROBES {
            let Some(slot) = self.slots.get_mut((home + probe) % SLOTS) else { break };
            match slot.verdict {
                Some(verdict) if slot.is(key, ends) => return verdict,
                Some(_) => {}
                None => {
                    let verdict = keys::judge(key);
                    *slot = Slot { key, ends, verdict: Some(verdict) };
                    return verdict;
                }
            }
        }
        keys::judge(key)
    }
}

impl Slot<'_> {
    /// Up to 16 bytes the ends are the key.
    #[inline]
    fn is(&self, key: &[u8], ends: (u64, u64)) -> bool {
        self.ends == ends && self.key.len() == key.len() && (key.len() <= 16 || self.key == key)
    }
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
        let mut memo = Memo::new();
        for key in keys.iter().chain(&keys) {
            assert_eq!(memo.verdict(key.as_bytes()), keys::judge(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn keys_that_differ_in_the_middle_only_are_told_apart() {
        let mut memo = Memo::new();
        assert_eq!(memo.verdict(b"requests.user_token_seen.by.name"), Verdict::Plain);
        assert_eq!(
            memo.verdict(b"requests.user_token.value.x.name1"),
            keys::judge(b"requests.user_token.value.x.name1")
        );
        assert_eq!(memo.verdict(b"aaaaaaaa.password.bbbbbbbb"), Verdict::Secret);
        assert_eq!(memo.verdict(b"aaaaaaaa.passages.bbbbbbbb"), Verdict::Plain);
    }
}
