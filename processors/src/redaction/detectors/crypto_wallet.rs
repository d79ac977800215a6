//! Addresses of bitcoin: base58 with a checksum (BIP 13, BIP 16), bech32 and bech32m (BIP 173, BIP 350).

use super::boundary::{begins_word, ends_word};
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use aws_lc_rs::digest::{SHA256, digest};
use std::ops::Range;

pub const SPEC: Spec =
    Spec { detector: Detector::CryptoWallet, look: Look::Literals(&["1", "3", "bc1", "BC1"], find) };

static PLAIN: ByteSet = ByteSet::alphanumeric_and(b"");

/// Lengths of what is written in either way.
const BASE58_LEN: Range<usize> = 25..36;
const BECH32_LEN: Range<usize> = 14..91;

fn find(text: &[u8], prefix: Range<usize>, hits: &mut Hits) {
    if !begins_word(text, prefix.start) {
        return;
    }
    // One more than is needed to see that something is longer.
    let near = text.get(..text.len().min(prefix.start + BECH32_LEN.end)).unwrap_or_default();
    let end = prefix.start + PLAIN.run(near, prefix.start);
    let address = text.get(prefix.start..end).unwrap_or_default();
    let valid = match prefix.len() {
        1 => BASE58_LEN.contains(&address.len()) && is_base58(address),
        _ => BECH32_LEN.contains(&address.len()) && is_bech32(address),
    };
    if valid && ends_word(text, end) {
        hits.push(prefix.start..end, Detector::CryptoWallet);
    }
}

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A version, a hash of twenty bytes, and the first four bytes of both, hashed twice.
fn is_base58(address: &[u8]) -> bool {
    let mut bytes = [0u8; 25];
    for sign in address {
        let Some(value) = BASE58.iter().position(|it| it == sign) else { return false };
        let mut carry = value as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let Some((payload, check)) = bytes.split_last_chunk::<4>() else { return false };
    digest(&SHA256, digest(&SHA256, payload).as_ref()).as_ref().starts_with(check)
}

const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Of bitcoin's main network, in one case.
fn is_bech32(address: &[u8]) -> bool {
    const CHECKSUMS: [u32; 2] = [1, 0x2BC8_30A3];
    if address.iter().any(u8::is_ascii_lowercase) && address.iter().any(u8::is_ascii_uppercase) {
        return false;
    }
    let values =
        address.iter().skip(3).map(|sign| BECH32.iter().position(|it| *it == sign.to_ascii_lowercase()));
    let Some(values) = values.collect::<Option<Vec<_>>>() else { return false };
    // The high bits of `bc`, a zero, the low bits.
    let sum = [3, 3, 0, 2, 3].into_iter().chain(values).fold(1, |sum, value| polymod(sum, value as u32));
    CHECKSUMS.contains(&sum)
}

fn polymod(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    let next = (sum & 0x01FF_FFFF) << 5 ^ value;
    let added = GENERATOR.iter().enumerate().filter(|(bit, _)| sum >> 25 >> bit & 1 == 1);
    added.fold(next, |next, (_, generator)| next ^ generator)
}
