//! Private keys in PEM (RFC 7468) and OpenPGP armour: the whole block. Where its end is cut off,
//! everything to the end of the text. One in a Google Cloud service account's file has a name of its own.

use super::{Detector, Look, Spec};
use crate::redaction::hits::Hits;
use memchr::memmem;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::PrivateKey, look: Look::Literals(BEGIN, private_key) };
pub const GCP: Spec = Spec { detector: Detector::GcpServiceAccount, look: Look::Literals(BEGIN, gcp) };

const BEGIN: &[&str] = &["-----BEGIN"];

/// Labels are a few words: `ENCRYPTED PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`.
const LONGEST_LABEL: usize = 64;
/// How far from its key the rest of a service account stands, in bytes.
const NEARBY: usize = 1024;

fn private_key(text: &[u8], begin: Range<usize>, hits: &mut Hits) {
    if let Some(block) = block(text, &begin) {
        hits.push(block, Detector::PrivateKey);
    }
}

fn gcp(text: &[u8], begin: Range<usize>, hits: &mut Hits) {
    let Some(block) = block(text, &begin) else { return };
    let near = text.get(block.start.saturating_sub(NEARBY)..text.len().min(block.end + NEARBY));
    // Whatever it is, nobody looks into it again.
    hits.pass(block.end, Detector::GcpServiceAccount);
    if near.is_some_and(|near| memmem::find(near, b"service_account").is_some()) {
        // It counts once.
        hits.pass(block.end, Detector::PrivateKey);
        hits.push(block, Detector::GcpServiceAccount);
    }
}

fn block(text: &[u8], begin: &Range<usize>) -> Option<Range<usize>> {
    let rest = text.get(begin.end..)?;
    let label = rest.get(..rest.len().min(LONGEST_LABEL))?;
    let label = memmem::find(label, b"-----").and_then(|end| label.get(..end)).unwrap_or(label);
    // Spaces are pluses in a form.
    memmem::find(label, b"PRIVATE").and_then(|at| memmem::find(label.get(at..)?, b"KEY"))?;
    let end = memmem::find(rest, b"-----END").and_then(|end| {
        // Behind the dashes that close the label of the end.
        let tail = begin.end + end + b"-----END".len();
        memmem::find(text.get(tail..)?, b"-----").map(|dashes| tail + dashes + b"-----".len())
    });
    Some(begin.start..end.unwrap_or(text.len()))
}
