//! Arguments of commands in a list, `["mysql", "--password", "x"]`: one may say what the next one is.

use super::detectors::assignment::option;
use super::whereabouts::address;

/// What the element of a list that a walk came by last says about the next one.
#[derive(Debug, Default)]
pub struct Arguments {
    /// The address where an option ends that names a secret.
    end: Option<usize>,
}

impl Arguments {
    /// Whether a text is what the option gives that stands directly before it in the same list.
    pub fn is_secret(&mut self, text: &[u8]) -> bool {
        let end = self.end.take();
        if option::is_of_secret(text) {
            self.end = Some(address(text) + text.len());
            return false;
        }
        // An element of a list has two tags and two lengths before its text, what stands farther from it is another record's.
        let value = 1 + len_of_len(text.len()) + text.len();
        let between = 1 + len_of_len(value) + 1 + len_of_len(text.len());
        end.is_some_and(|end| end + between == address(text)) && !text.starts_with(b"-")
    }
}

/// How many bytes a length takes, as a varint.
fn len_of_len(len: usize) -> usize {
    (len.max(1).ilog2() as usize) / 7 + 1
}
