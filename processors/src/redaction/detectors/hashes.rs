//! The keyed hashes that weir itself puts in the place of finds. Nothing else looks like them, so nothing is
//! asked of what stands around: an operator's pattern may have found a part of a word.

use super::token::PLAIN;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::action::{HASH_LEN, HASHED, PSEUDONYM};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Hashes, look: Look::Literals(&[HASHED, PSEUDONYM], find) };

static BASE32: ByteSet = ByteSet::of(b"abcdefghijklmnopqrstuvwxyz234567");

fn find(text: &[u8], prefix: Range<usize>, hits: &mut Hits) {
    let key_id = PLAIN.run(text, prefix.end);
    let colon = prefix.end + key_id;
    let near = text.get(..text.len().min(colon + 1 + HASH_LEN)).unwrap_or_default();
    if key_id > 0 && near.get(colon) == Some(&b':') && BASE32.run(near, colon + 1) == HASH_LEN {
        hits.push(prefix.start..near.len(), Detector::Hashes);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use crate::redaction::{Config, Redaction};

    fn found(text: &str) -> Vec<String> {
        let config = serde_json::json!({ "detectors": { "hashes": true } });
        let config: Config = serde_json::from_value(config).unwrap();
        let redaction: Redaction =
            config.build(&component::ComponentId::parse("redaction").unwrap()).unwrap();
        redaction.finds("", text).into_iter().map(|(range, _)| text[range].to_owned()).collect()
    }

    #[test]
    fn what_the_actions_write_is_found_wherever_it_stands() {
        for hash in ["h1:k7:xetgn2eayqhruyc3fhmaw6edda", "p1:2026b:p5gnx4vg25ag5bikb5nevcrjym"] {
            for text in [
                hash.to_owned(),
                format!("from {hash}, to {hash}."),
                format!("no{hash}rd"),
                format!("a=1&user={hash}&b=%20"),
                format!("<{hash}:8080>"),
            ] {
                assert_eq!(found(&text), vec![hash; text.matches(hash).count()], "{text}");
            }
        }
    }

    #[test]
    fn what_only_begins_like_a_hash_is_none() {
        for text in [
            "h1:k7:xetgn2eayqhruyc3fhmaw6edd",
            "h1:k7:XETGN2EAYQHRUYC3FHMAW6EDDA",
            "h1:k7:xetgn2eayqhruyc3fhmaw6ed1a",
            "h1::xetgn2eayqhruyc3fhmaw6edda",
            "h1:k-7:xetgn2eayqhruyc3fhmaw6edda",
            "h1:k7 xetgn2eayqhruyc3fhmaw6edda",
            "h2:k7:xetgn2eayqhruyc3fhmaw6edda",
            "h1:",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
