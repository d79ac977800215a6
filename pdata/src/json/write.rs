//! JSON values, appended to bytes. What the encoder here and the exporters' event JSON have in common.
//!
//! Nothing is pretty-printed, and nothing can fail: what has no JSON number is written as a string.

use crate::view::AnyValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wide::u8x16;

/// Appends `text`, which is UTF-8, as a JSON string with its quotes. Escapes what RFC 8259 says
/// must be escaped, and nothing else.
pub fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    close_string(out, text);
}

/// The same without the opening quote, which a writer with fixed keys appends together with the key.
#[inline]
pub fn close_string(out: &mut Vec<u8>, text: &[u8]) {
    match needs_escape(text) {
        false => out.extend_from_slice(text),
        true => write_escaped(out, text),
    }
    out.push(b'"');
}

#[cold]
fn write_escaped(out: &mut Vec<u8>, mut text: &[u8]) {
    while let Some((clean, [byte, rest @ ..])) = text.split_at_checked(clean_len(text)) {
        out.extend_from_slice(clean);
        write_escape(out, *byte);
        text = rest;
    }
    out.extend_from_slice(text);
}

/// Whether a byte of `text` does not stand for itself in a JSON string: it is a quote, a backslash or
/// a control character.
#[inline]
fn needs_escape(text: &[u8]) -> bool {
    let mut hits = Hits::default();
    // The last bytes of a text may be looked at twice.
    match (text.last_chunk(), ends::<8>(text), ends::<4>(text)) {
        (Some(last), ..) => text.as_chunks().0.iter().chain([last]).for_each(|chunk| hits.look_at(*chunk)),
        (_, Some(ends), _) => hits.look_at(joined(ends)),
        (.., Some(ends)) => hits.look_at(joined(ends)),
        _ => return text.iter().any(|byte| must_be_escaped(*byte)),
    }
    hits.any()
}

/// Copies `text` to `room`, which is as long. False where a byte of it does not stand for itself in a
/// JSON string; `room` then holds nothing of use.
///
/// For writers of many short texts: neither the copy nor the search is a call or a loop.
///
/// # Panics
///
/// Where `room` is not as long.
#[inline(always)]
pub fn copy_unescaped(room: &mut [u8], text: &[u8]) -> bool {
    let mut hits = Hits::default();
    match text.len() {
        4..8 if let Some(ends) = copy_ends::<4>(room, text) => hits.look_at(joined(ends)),
        8..16 if let Some(ends) = copy_ends::<8>(room, text) => hits.look_at(joined(ends)),
        16..32 if let Some(ends) = copy_ends::<16>(room, text) => {
            ends.into_iter().for_each(|end| hits.look_at(end));
        }
        32..=64 if let Some(ends) = copy_ends::<32>(room, text) => {
            ends.as_flattened().as_chunks().0.iter().for_each(|chunk| hits.look_at(*chunk));
        }
        _ => {
            room.copy_from_slice(text);
            return !needs_escape(text);
        }
    }
    !hits.any()
}

/// The first and the last `N` bytes of a text, which may overlap.
#[inline]
fn ends<const N: usize>(text: &[u8]) -> Option<[[u8; N]; 2]> {
    Some([*text.first_chunk()?, *text.last_chunk()?])
}

/// Copies them: all of a text of `N` to `2 * N` bytes.
#[inline]
fn copy_ends<const N: usize>(room: &mut [u8], text: &[u8]) -> Option<[[u8; N]; 2]> {
    let [head, tail] = ends(text)?;
    *room.first_chunk_mut()? = head;
    *room.last_chunk_mut()? = tail;
    Some([head, tail])
}

/// Both as one, with spaces behind.
#[inline]
fn joined<const N: usize>(ends: [[u8; N]; 2]) -> [u8; 16] {
    let mut both = [b' '; 16];
    both.iter_mut().zip(ends.as_flattened()).for_each(|(to, from)| *to = *from);
    both
}

/// Bytes that must be escaped, looked for sixteen at a time. Most texts have none, so all bytes are
/// looked at before anything is decided.
struct Hits {
    /// The least of all bytes, after the quote changed places with the space: `0x20` or less where one is
    /// a quote or a control character.
    least: u8x16,
    /// Where one is a backslash.
    backslash: u8x16,
}

impl Default for Hits {
    fn default() -> Hits {
        Hits { least: u8x16::splat(u8::MAX), backslash: u8x16::splat(0) }
    }
}

impl Hits {
    #[inline]
    fn look_at(&mut self, bytes: [u8; 16]) {
        let bytes = u8x16::new(bytes) ^ u8x16::splat(b'"' ^ b' ');
        self.least = self.least.min(bytes);
        self.backslash |= bytes.simd_eq(u8x16::splat(b'\\' ^ b'"' ^ b' '));
    }

    #[inline]
    fn any(&self) -> bool {
        (self.least.min(u8x16::splat(b' ')).simd_eq(self.least) | self.backslash).any()
    }
}

#[inline]
fn must_be_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// How many bytes at the start of `text` stand for themselves in a JSON string.
#[inline]
pub(super) fn clean_len(text: &[u8]) -> usize {
    let (eights, tail) = text.as_chunks::<8>();
    for (index, eight) in eights.iter().enumerate() {
        if let Some(first) = first_escape(*eight) {
            return 8 * index + first;
        }
    }
    // The last eight bytes once more, all at once, is quicker than the last few one by one.
    match text.last_chunk::<8>() {
        _ if tail.is_empty() => text.len(),
        Some(eight) => first_escape(*eight).map_or(text.len(), |first| text.len() - 8 + first),
        None => tail.iter().position(|byte| must_be_escaped(*byte)).unwrap_or(tail.len()),
    }
}

/// The first of eight bytes that has to be escaped.
#[inline]
fn first_escape(eight: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(eight);
    // Each leaves a byte's high bit set where the byte is meant. The borrow of a hit can make false
    // hits above it only, so the lowest one is right, and that is the one that is looked at.
    let is = |byte: u8| {
        let word = word ^ (ONES * u64::from(byte));
        word.wrapping_sub(ONES) & !word
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let hits = (control | is(b'"') | is(b'\\')) & (ONES << 7);
    (hits != 0).then_some(hits.trailing_zeros() as usize / 8)
}

#[cold]
fn write_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            out.extend_from_slice(b"\\u00");
            return push_hex(out, &[byte]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a whole number.
pub fn write_integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a whole number as a string, as the proto3 JSON mapping has 64-bit numbers.
pub fn write_quoted_integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.push(b'"');
    write_integer(out, value);
    out.push(b'"');
}

/// Appends the shortest number that reads back as `value`; `"NaN"`, `"Infinity"` and `"-Infinity"`
/// as strings, as the proto3 JSON mapping has them.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else if value > 0.0 {
        out.extend_from_slice(b"\"Infinity\"");
    } else {
        out.extend_from_slice(b"\"-Infinity\"");
    }
}

/// Appends `true` or `false`.
pub fn write_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Appends bytes as a string of standard base64 with padding.
pub fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    let room = out.get_mut(start..).unwrap_or_default();
    let written = STANDARD.encode_slice(bytes, room);
    debug_assert_eq!(written, Ok(room.len()));
    out.push(b'"');
}

/// Appends bytes as a string of lower-case hex, as OTLP/JSON has ids.
pub fn write_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    push_hex(out, bytes);
    out.push(b'"');
}

fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    out.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

/// Appends a value as the JSON value that a person would write for it, not as OTLP/JSON: numbers
/// are numbers (64-bit ones too), bytes are base64, an empty value is `null`. So is an index into
/// a string table, which says nothing without the table.
///
/// A map becomes an object with the entries in their order. A key that stands twice in the map
/// does so in the object. Nesting is bounded by the limit that validation had.
pub fn write_any_value(out: &mut Vec<u8>, value: &AnyValue<'_>) {
    match value {
        AnyValue::Empty | AnyValue::StrIndex(_) => out.extend_from_slice(b"null"),
        AnyValue::Str(text) => write_string(out, text.as_bytes()),
        AnyValue::Bool(value) => write_bool(out, *value),
        AnyValue::Int(value) => write_integer(out, *value),
        AnyValue::Double(value) => write_double(out, *value),
        AnyValue::Bytes(bytes) => write_base64(out, bytes),
        AnyValue::Array(values) => {
            out.push(b'[');
            for (index, (_, value)) in values.clone().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_any_value(out, &value);
            }
            out.push(b']');
        }
        AnyValue::Map(entries) => {
            out.push(b'{');
            for (index, entry) in entries.clone().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(out, entry.key.as_bytes());
                out.push(b':');
                write_any_value(out, &entry.value);
            }
            out.push(b'}');
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn a_string_is_escaped_as_serde_json_escapes_it(text in "([a-z]{0,9}|[\u{0}-\u{ff}]|[\"\\\\]){0,20}") {
            prop_assert_eq!(
                written(|out| write_string(out, text.as_bytes())),
                serde_json::to_string(&text).unwrap()
            );
        }

        #[test]
        fn the_first_byte_to_escape_is_found_wherever_it_stands(text in prop::collection::vec(any::<u8>(), 0..100)) {
            let slow = text.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\');
            prop_assert_eq!(clean_len(&text), slow.unwrap_or(text.len()));
            prop_assert_eq!(needs_escape(&text), slow.is_some());
            let clean: Vec<u8> = text.iter().copied().filter(|b| *b >= 0x20 && *b != b'"' && *b != b'\\').collect();
            prop_assert!(!needs_escape(&clean));
            for text in [text, clean] {
                let mut copy = vec![0; text.len()];
                let copied = copy_unescaped(&mut copy, &text);
                prop_assert_eq!(copied, !needs_escape(&text));
                prop_assert!(!copied || copy == text);
            }
        }

        #[test]
        fn a_double_is_written_as_serde_json_writes_it(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            prop_assert_eq!(written(|out| write_double(out, value)), serde_json::to_string(&value).unwrap());
        }

        #[test]
        fn base64_is_standard_with_padding(bytes: Vec<u8>) {
            prop_assert_eq!(
                written(|out| write_base64(out, &bytes)),
                format!("\"{}\"", STANDARD.encode(&bytes))
            );
        }
    }

    #[test]
    fn what_has_no_json_number_is_a_string() {
        assert_eq!(written(|out| write_double(out, f64::NAN)), r#""NaN""#);
        assert_eq!(written(|out| write_double(out, f64::INFINITY)), r#""Infinity""#);
        assert_eq!(written(|out| write_double(out, f64::NEG_INFINITY)), r#""-Infinity""#);
        assert_eq!(written(|out| write_quoted_integer(out, u64::MAX)), r#""18446744073709551615""#);
        assert_eq!(written(|out| write_hex(out, &[0x0a, 0xff])), r#""0aff""#);
    }
}
