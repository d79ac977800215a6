//! Shows diagnostics as a compiler does: the place, the line, what is wrong with it.

use super::diagnostic::{Diagnostic, Severity};
use super::source::Sources;
use super::tree::{Node, Origin, Value};
use annotate_snippets::{AnnotationKind, Level, Message, Renderer, Snippet};
use std::ops::Range;

/// What stands for a secret.
const REDACTED: &str = "[REDACTED]";
/// What stands for a part of a line that does not matter, and may be a secret.
const ELIDED: &str = "…";

/// The places of everything below a key that sounds like a secret.
pub fn secrets(node: &Node) -> Vec<Origin> {
    let mut found = Vec::new();
    collect_secrets(node, false, &mut found);
    found
}

fn collect_secrets(node: &Node, secret: bool, found: &mut Vec<Origin>) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                collect_secrets(&entry.value, secret || sounds_secret(&entry.key.text), found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect_secrets(item, secret, found)),
        // A reference shows where the secret is, not what it is.
        Value::Scalar(scalar) if secret && !is_reference(&scalar.raw) => found.push(node.origin),
        Value::Scalar(_) | Value::Null => {}
    }
}

fn is_reference(text: &str) -> bool {
    text.starts_with("${") && text.ends_with('}') && !text.contains(":-") && text.matches('}').count() == 1
}

/// Whether what stands under a key is likely a secret.
pub fn sounds_secret(key: &str) -> bool {
    let key = key.trim().to_ascii_lowercase().replace('-', "_");
    const WORDS: [&str; 12] = [
        "password",
        "passwd",
        "secret",
        "token",
        "authorization",
        "credential",
        "api_key",
        "apikey",
        "private_key",
        "access_key",
        "hmac_key",
        "bearer",
    ];
    const WHOLE: [&str; 5] = ["headers", "key", "key_pem", "cookie", "pass"];
    // A path to a secret is none.
    !key.ends_with("_file") && (WORDS.iter().any(|word| key.contains(word)) || WHOLE.contains(&key.as_str()))
}

/// All diagnostics as text, in the order of the sources.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, secrets: &[Origin], styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let mut ordered: Vec<&Diagnostic> = diagnostics.iter().collect();
    ordered.sort_by_key(|diagnostic| diagnostic.origin.map(|origin| (origin.source, origin.start)));
    let mut text = String::new();
    for diagnostic in ordered {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group =
            level.primary_title(one_line(&diagnostic.message)).elements(Vec::<Message<'_>>::new());
        let first = diagnostic.origin.map(|origin| (origin, diagnostic.label.as_deref().unwrap_or_default()));
        let others = diagnostic.also.iter().map(|(origin, label)| (*origin, label.as_str()));
        for (index, (origin, label)) in first.into_iter().chain(others).enumerate() {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            if let Some(line) = Line::of(origin, sources, secrets, diagnostic) {
                let annotation = kind.span(line.span);
                let annotation =
                    if label.is_empty() { annotation } else { annotation.label(one_line(label)) };
                group = group.element(
                    Snippet::source(line.text).line_start(line.number).path(line.name).annotation(annotation),
                );
            }
        }
        for note in &diagnostic.notes {
            group = group.element(Level::NOTE.message(one_line(note)));
        }
        for help in &diagnostic.helps {
            group = group.element(Level::HELP.message(one_line(help)));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    text
}

/// A message never breaks out of its line, whatever the configuration holds.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The one line that is shown of a place, with the secrets cut out. No neighbours: less to leak.
struct Line<'s> {
    name: &'s str,
    number: usize,
    text: String,
    span: Range<usize>,
}

impl<'s> Line<'s> {
    fn of(
        origin: Origin,
        sources: &'s Sources,
        secrets: &[Origin],
        diagnostic: &Diagnostic,
    ) -> Option<Line<'s>> {
        let source = sources.get(origin.source)?;
        let whole = source.text.as_str();
        let (before, after) = (whole.get(..origin.start)?, whole.get(origin.start..)?);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = origin.start + after.find(['\n', '\r']).unwrap_or(after.len());
        let line = whole.get(start..end)?;
        let here = |hidden: &Origin| {
            let range = hidden.start.clamp(start, end) - start..hidden.end.clamp(start, end) - start;
            (hidden.source == origin.source && !range.is_empty()).then_some(range)
        };
        let mut hidden: Vec<Hidden> =
            secrets.iter().filter_map(here).map(|range| (range, REDACTED)).collect();
        hidden.extend(diagnostic.hidden.iter().filter_map(here).map(|range| (range, ELIDED)));
        if diagnostic.syntax {
            hidden.extend(suspicious(whole.get(..start)?, line).map(|range| (range, REDACTED)));
        }
        // The longer of two that begin at one place covers the other.
        hidden.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));

        let place = origin.start - start..origin.end.clamp(origin.start, end) - start;
        let (text, span) = elide(line, &hidden, place)?;
        let number = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Some(Line { name: &source.name, number, text, span })
    }
}

/// A part of a line, and what to show in its place.
type Hidden = (Range<usize>, &'static str);

/// `line` without what is hidden, and where `place` is in the result.
fn elide(line: &str, hidden: &[Hidden], place: Range<usize>) -> Option<(String, Range<usize>)> {
    let mut text = String::new();
    let mut at = 0;
    let (mut start, mut end) = (None, None);
    for (range, shown) in hidden {
        let range = range.start.max(at)..range.end.max(at);
        if range.is_empty() {
            continue;
        }
        // Inside what was cut out the place is all of it.
        start = start.or((place.start < range.start).then(|| text.len() + place.start - at));
        end = end.or((place.end <= range.start).then(|| text.len() + place.end - at));
        text.push_str(line.get(at..range.start)?);
        start = start.or((place.start < range.end).then_some(text.len()));
        text.push_str(shown);
        end = end.or((place.end <= range.end).then_some(text.len()));
        at = range.end;
    }
    let start = start.unwrap_or_else(|| text.len() + place.start - at);
    let end = end.unwrap_or_else(|| text.len() + place.end - at);
    text.push_str(line.get(at..)?);
    Some((text, start..end.max(start)))
}

/// In a text that could not be parsed: everything behind a key that sounds like a secret, also on
/// the lines that follow it.
fn suspicious(before: &str, line: &str) -> Option<Range<usize>> {
    if let Some(colon) = line.find(':') {
        let lowered = line.to_ascii_lowercase();
        let secret = sounds_secret(line.get(..colon)?.trim_start_matches([' ', '-', '"', '\''])) || {
            lowered.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').any(sounds_secret)
        };
        return secret.then_some(colon + 1..line.len());
    }
    let above = before.lines().rev().find(|line| line.contains(':'))?;
    suspicious("", above).is_some().then_some(0..line.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::single_range_in_vec_init)]
    fn what_is_hidden_is_cut_out_and_the_place_moves_along() {
        let shown = |hidden: &[Range<usize>], place| {
            let hidden: Vec<Hidden> = hidden.iter().map(|range| (range.clone(), REDACTED)).collect();
            elide("abc: secret, next: 1", &hidden, place).unwrap()
        };
        assert_eq!(shown(&[], 0..3), ("abc: secret, next: 1".into(), 0..3));
        assert_eq!(shown(&[5..11], 0..3), ("abc: [REDACTED], next: 1".into(), 0..3));
        assert_eq!(shown(&[5..11], 13..17), ("abc: [REDACTED], next: 1".into(), 17..21));
        assert_eq!(shown(&[5..11], 5..11), ("abc: [REDACTED], next: 1".into(), 5..15));
        assert_eq!(shown(&[5..11, 5..11], 7..8), ("abc: [REDACTED], next: 1".into(), 5..15));
    }

    #[test]
    fn a_key_sounds_secret_by_its_words_but_a_path_to_a_secret_does_not() {
        for key in ["password", "client_secret", "X-Api-Key", "Authorization", "headers", "tokens"] {
            assert!(sounds_secret(key), "{key}");
        }
        for key in ["key_file", "endpoint", "token_file", "monkey", "bypass"] {
            assert!(!sounds_secret(key), "{key}");
        }
    }
}
