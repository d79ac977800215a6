//! The line being written: many short pieces on their way to a `Vec`.

use super::prefix::Prefix;
use pdata::json::write::{close_string, copy_unescaped};

/// What most records take without their resource.
const SIZE: usize = 2048;

/// Collects what it is given before it goes to the end of a `Vec`. Room for a piece is a comparison
/// here and its copy a few moves, where `Vec` would make calls of both.
pub(super) struct Line<'o> {
    out: &'o mut Vec<u8>,
    block: [u8; SIZE],
    /// How much of the block is written.
    len: usize,
}

impl<'o> Line<'o> {
    pub(super) fn behind(out: &'o mut Vec<u8>) -> Line<'o> {
        Line { out, block: [0; SIZE], len: 0 }
    }

    /// All there is, in bytes.
    pub(super) fn len(&self) -> usize {
        self.out.len() + self.len
    }

    /// Takes back what is behind `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = len.saturating_sub(self.out.len());
        self.out.truncate(len);
    }

    /// The `Vec`, with everything in it.
    #[inline]
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        if self.len > 0 {
            self.out.extend_from_slice(self.block.get(..self.len).unwrap_or_default());
            self.len = 0;
        }
        self.out
    }

    /// Appends a member whose value is a string.
    #[inline(always)]
    pub(super) fn text(&mut self, prefix: &Prefix, text: &[u8]) {
        match self.short_text(prefix, text) {
            Some(len) => self.len = len,
            None => self.any_text(prefix, text),
        }
    }

    /// Appends a member whose value is this JSON.
    #[inline]
    pub(super) fn json(&mut self, prefix: &Prefix, json: &[u8]) {
        match self.short_json(prefix, json) {
            Some(len) => self.len = len,
            None => {
                let out = self.out();
                out.extend_from_slice(prefix.without_quote());
                out.extend_from_slice(json);
            }
        }
    }

    /// How long the block is with the member; `None` where that is not the way to write it.
    #[inline(always)]
    fn short_text(&mut self, prefix: &Prefix, text: &[u8]) -> Option<usize> {
        let (head, len) = prefix.short()?;
        let room = self.block.get_mut(self.len..)?.get_mut(..head.len() + text.len() + 1)?;
        *room.first_chunk_mut()? = *head;
        let (room, rest) = room.get_mut(len..)?.split_at_mut_checked(text.len())?;
        *rest.first_mut()? = b'"';
        copy_unescaped(room, text).then_some(self.len + len + text.len() + 1)
    }

    /// The same for other values.
    #[inline]
    fn short_json(&mut self, prefix: &Prefix, json: &[u8]) -> Option<usize> {
        let room = self.block.get_mut(self.len..)?;
        let (head, len) = prefix.short()?;
        *room.first_chunk_mut()? = *head;
        room.get_mut(len - 1..)?.get_mut(..json.len())?.copy_from_slice(json);
        Some(self.len + len - 1 + json.len())
    }

    #[inline(never)]
    fn any_text(&mut self, prefix: &Prefix, text: &[u8]) {
        let out = self.out();
        out.extend_from_slice(prefix.with_quote());
        close_string(out, text);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = Vec<(String, String)>> {
        proptest::collection::vec(("[a-z.\"]{0,50}", "[ -~]{0,80}|[a-z]{0,600}|\\PC{0,9}"), 0..40)
    }

    proptest! {
        #[test]
        fn members_are_what_serde_json_writes_however_long_they_are(members in texts(), more in texts()) {
            let mut out = b"before".to_vec();
            let mut line = Line::behind(&mut out);
            let mut expected = "before".to_owned();
            let write = |line: &mut Line<'_>, (key, text): &(String, String)| {
                let (prefix, json) = (Prefix::of(key.as_bytes()), serde_json::to_string(text).unwrap());
                line.text(&prefix, text.as_bytes());
                line.json(&prefix, text.len().to_string().as_bytes());
                let key = serde_json::to_string(key).unwrap();
                format!(",{key}:{json},{key}:{}", text.len())
            };
            for member in &members {
                expected += &write(&mut line, member);
            }
            let len = line.len();
            prop_assert_eq!(len, expected.len());
            for member in &more {
                write(&mut line, member);
            }
            line.truncate(len);
            expected += &write(&mut line, &("last".to_owned(), "member".to_owned()));
            prop_assert_eq!(String::from_utf8(line.out().clone()).unwrap(), expected);
        }
    }
}
