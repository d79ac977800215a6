//! Members of the object that is written: many short pieces on their way to a `Vec`.

use super::KEPT;
use super::prefix::{SHORT, Short};
use pdata::json::write::{close_string, copy_unescaped};

/// What the attributes of most records take.
const SIZE: usize = 2048;
/// What a member takes here at most: longer ones go to the `Vec` at once.
const MEMBER: usize = 2 * SHORT + LONGEST + 1;
/// The longest text that is copied by a few moves.
const LONGEST: usize = 64;

/// Collects what it is given. Room for a piece is a comparison here and its copy a few moves, where `Vec` would
/// make calls of both.
pub(super) struct Line {
    /// What stands before the block.
    out: Vec<u8>,
    block: Box<[u8; SIZE]>,
    /// How much of the block is written.
    len: usize,
}

impl Default for Line {
    fn default() -> Line {
        Line { out: Vec::new(), block: Box::new([0; SIZE]), len: 0 }
    }
}

impl Line {
    /// Takes everything out.
    pub(super) fn clear(&mut self) {
        self.out.clear();
        self.out.shrink_to(KEPT);
        self.len = 0;
    }

    /// Appends everything to a `Vec`.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        if !self.out.is_empty() {
            out.extend_from_slice(&self.out);
        }
        out.extend_from_slice(self.block.get(..self.len).unwrap_or_default());
    }

    /// A `Vec` with everything in it.
    #[inline]
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.out.extend_from_slice(self.block.get(..self.len).unwrap_or_default());
        self.len = 0;
        &mut self.out
    }

    /// Appends a member whose value is a string.
    #[inline(always)]
    pub(super) fn text(&mut self, short: &Short, text: &[u8]) {
        match self.short_text(short, text) {
            Some(len) => self.len += len,
            None => self.any_text(short.prefix.get(..short.len).unwrap_or_default(), text),
        }
    }

    /// How long the member is; `None` where that is not the way to write it.
    #[inline(always)]
    fn short_text(&mut self, short: &Short, text: &[u8]) -> Option<usize> {
        if text.len() > LONGEST || self.len > SIZE - MEMBER {
            return None;
        }
        let member: &mut [u8; MEMBER] = self.block.get_mut(self.len..)?.first_chunk_mut()?;
        *member.first_chunk_mut()? = short.prefix;
        // The prefix is short anyway; the remainder spares looking whether the text has room behind it.
        let len = short.len % (2 * SHORT);
        let (room, rest) = member.get_mut(len..)?.split_at_mut_checked(text.len())?;
        *rest.first_mut()? = b'"';
        copy_unescaped(room, text).then_some(len + text.len() + 1)
    }

    /// Appends a member whose value is a string, behind a prefix with the quote that opens it.
    #[inline(never)]
    pub(super) fn any_text(&mut self, prefix: &[u8], text: &[u8]) {
        let len = prefix.len() + text.len() + 1;
        if let Some(member) = self.block.get_mut(self.len..).and_then(|room| room.get_mut(..len))
            && let Some((head, rest)) = member.split_at_mut_checked(prefix.len())
            && let Some((quote, room)) = rest.split_last_mut()
            && copy_unescaped(room, text)
        {
            head.copy_from_slice(prefix);
            *quote = b'"';
            self.len += len;
            return;
        }
        let out = self.out();
        out.extend_from_slice(prefix);
        close_string(out, text);
    }

    /// Appends a member whose value is this JSON, behind a prefix without that quote.
    pub(super) fn json(&mut self, prefix: &[u8], json: &[u8]) {
        let len = prefix.len() + json.len();
        if let Some(member) = self.block.get_mut(self.len..).and_then(|room| room.get_mut(..len))
            && let Some((head, room)) = member.split_at_mut_checked(prefix.len())
        {
            head.copy_from_slice(prefix);
            room.copy_from_slice(json);
            self.len += len;
            return;
        }
        let out = self.out();
        out.extend_from_slice(prefix);
        out.extend_from_slice(json);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::prefix::Prefix;
    use super::*;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = Vec<(String, String)>> {
        proptest::collection::vec(("[a-z.\"]{0,50}", "[ -~]{0,80}|[a-z]{0,600}|\\PC{0,9}"), 0..40)
    }

    proptest! {
        #[test]
        fn members_are_what_serde_json_writes_however_long_they_are(members in texts(), more in texts()) {
            let mut line = Line::default();
            for members in [members, more] {
                let mut expected = "before".to_owned();
                line.clear();
                for (key, text) in &members {
                    let prefix = Prefix::of(key.as_bytes());
                    match Short::of(key.as_bytes(), &prefix) {
                        Some(short) => line.text(&short, text.as_bytes()),
                        None => line.any_text(prefix.with_quote(), text.as_bytes()),
                    }
                    line.json(prefix.without_quote(), text.len().to_string().as_bytes());
                    let (key, json) = (serde_json::to_string(key).unwrap(), serde_json::to_string(text).unwrap());
                    expected += &format!(",{key}:{json},{key}:{}", text.len());
                }
                let mut out = b"before".to_vec();
                line.append_to(&mut out);
                prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
            }
        }
    }
}
