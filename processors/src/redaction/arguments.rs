//! Arguments of commands in a list, `["mysql", "--password", "x"]`: one may say what the next one is.

use super::detectors::assignment::option;
use super::detectors::command_line::{Command, Says};
use super::whereabouts::address;
use pdata::varint_len;
use std::ops::Range;

/// The list that a walk is in, and what its last element says about the next one.
#[derive(Debug, Default)]
pub struct Arguments {
    /// The addresses of the list's elements.
    list: Range<usize>,
    last: Element,
}

#[derive(Debug, Default)]
struct Element {
    /// The address where it ends.
    end: usize,
    /// The command that the list calls.
    command: Option<&'static Command>,
    /// Whether it is an option behind which a secret stands.
    announces: bool,
}

impl Arguments {
    /// Goes into a list.
    pub fn begin(&mut self, list: &[u8]) {
        *self = Arguments { list: address(list)..address(list) + list.len(), last: Element::default() };
    }

    /// Whether a text is a secret that is given to a command: by an option that stands directly before it in the same
    /// list, or that it begins with itself.
    #[inline]
    pub fn is_secret(&mut self, text: &[u8]) -> bool {
        self.list.contains(&address(text)) && self.is_secret_of_list(text)
    }

    fn is_secret_of_list(&mut self, text: &[u8]) -> bool {
        // The element and its text have a tag and a length each; what stands farther off is not its neighbour.
        let own = 1 + varint_len(text.len() as u64);
        let between = 1 + varint_len((own + text.len()) as u64) + own;
        let is_next = self.last.end + between == address(text);
        let before = if is_next { std::mem::take(&mut self.last) } else { Element::default() };
        let command = before.command.or_else(|| Command::named(text));
        let says = command.and_then(|command| command.says(text));
        let announces = option::is_of_secret(text) || matches!(says, Some(Says::Next(_)));
        self.last = Element { end: address(text) + text.len(), command, announces };
        before.announces && !text.starts_with(b"-") || matches!(says, Some(Says::Here(_)))
    }
}
