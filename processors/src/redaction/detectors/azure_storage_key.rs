//! Keys of Azure's storage accounts: 64 bytes in base64 behind `AccountKey=` in a connection string. And what is
//! signed with one, in URLs of shared access: 32 bytes behind `sig=`.

use super::boundary::{before, begins_word, encoded_run, sign};
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec =
    Spec { detector: Detector::AzureStorageKey, look: Look::Literals(&["AccountKey"], find) };

pub const SIGNATURE: Spec =
    Spec { detector: Detector::AzureStorageKey, look: Look::Literals(&["sig="], signature) };

static BASE64: ByteSet = ByteSet::alphanumeric_and(b"+/=");
/// What stands between the name and the key, also in JSON.
static BETWEEN: ByteSet = ByteSet::of(b"=:\"'\\ ");
const KEY: usize = 88;
const SIGNED: usize = 44;

fn find(text: &[u8], name: Range<usize>, hits: &mut Hits) {
    let start = match sign(text, name.end, b'=') {
        0 => name.end + BETWEEN.run(text, name.end).min(8),
        sign => name.end + sign,
    };
    let (len, end) = encoded_run(text, start, &BASE64, KEY);
    if start > name.end && len == KEY {
        hits.push(start..end, Detector::AzureStorageKey);
    }
}

fn signature(text: &[u8], name: Range<usize>, hits: &mut Hits) {
    let (len, end) = encoded_run(text, name.end, &BASE64, SIGNED);
    let is_name = begins_word(text, name.start) && !matches!(before(text, name.start), Some(b'_' | b'-'));
    // The last sign pads, and may be cut off.
    if is_name && len + 1 >= SIGNED {
        hits.push(name.end..end, Detector::AzureStorageKey);
    }
}
