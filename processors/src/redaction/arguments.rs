//! Arguments of commands in a list, `["mysql", "--password", "x"]`: one may say what the next one is.

use super::detectors::assignment::option;
use super::whereabouts::address;
use pdata::varint_len;

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
        // The element and its text have a tag and a length each; what stands farther off is in another list.
        let own = 1 + varint_len(text.len() as u64);
        let between = 1 + varint_len((own + text.len()) as u64) + own;
        end.is_some_and(|end| end + between == address(text)) && !text.starts_with(b"-")
    }
}
