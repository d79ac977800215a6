//! Patterns that an operator wrote, compiled; linear time.
//!
//! The syntax is that of the `regex` crate, which is RE2's with more of Unicode: no look-around, no
//! back-references. A pattern matches anywhere unless it is anchored, and `.` is any character but a
//! line feed.

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};

/// How long a pattern may be, in bytes.
const LONGEST: usize = 4096;
/// How much memory a pattern may take when it is compiled, in bytes.
const LARGEST: usize = 1 << 20;
/// The same for all patterns of a list together.
const LARGEST_LIST: usize = 16 << 20;
/// How deep the parts of a pattern may be in each other.
pub const NESTED: u32 = 64;
/// How many patterns a list may have.
pub const MOST: usize = 256;

/// Some patterns, looked for at once.
#[derive(Debug)]
pub struct Patterns {
    any: Regex,
}

impl Patterns {
    /// Compiles them.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Patterns, String> {
        let patterns: Vec<&str> = patterns.into_iter().collect();
        patterns.iter().try_for_each(|pattern| compile_one(pattern).map(drop))?;
        // All, as otherwise a pattern hides those that begin later or stand further down the list.
        Ok(Patterns { any: compile(&patterns, MatchKind::All, LARGEST_LIST)? })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.any.pattern_len() == 0
    }

    /// Whether one of them is in a text.
    #[inline]
    pub fn is_match(&self, text: &[u8]) -> bool {
        !self.is_empty() && self.any.is_match(text)
    }

    /// Shows the numbers of those that are in a text.
    pub fn each_match(&self, text: &[u8], show: impl FnMut(usize)) {
        // Most texts have nothing, and to know that alone is cheaper.
        if self.is_match(text) {
            let mut which = PatternSet::new(self.any.pattern_len());
            self.any.which_overlapping_matches(&Input::new(text), &mut which);
            which.iter().map(|pattern| pattern.as_usize()).for_each(show);
        }
    }
}

/// What is wrong with a pattern.
pub fn problem(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST {
        return Some(format!("is longer than {LONGEST} bytes"));
    }
    compile_one(pattern).err()
}

/// Whether a pattern is found in any text whatever.
pub fn matches_everything(pattern: &str) -> bool {
    compile_one(pattern).is_ok_and(|regex| regex.is_match(""))
}

/// Keys that have no sign in common.
pub const KEYS: &[&str] = &["password", "user.id", "token"];
/// The same for values.
pub const VALUES: &[&str] = &["maria@example.org", "4111111111111111", "hunter2", "SSN", "no secret"];

/// Whether a pattern is found in about any text, as it is in all of these, or in the empty one.
pub fn matches_all(pattern: &str, texts: &[&str]) -> bool {
    let finds = |regex: &Regex| texts.iter().all(|text| regex.is_match(text));
    compile_one(pattern).is_ok_and(|regex| regex.is_match("") || finds(&regex))
}

/// Compiles one pattern, to see where it is.
pub fn compile_one(pattern: &str) -> Result<Regex, String> {
    compile(&[pattern], MatchKind::LeftmostFirst, LARGEST)
}

fn compile(patterns: &[&str], kind: MatchKind, limit: usize) -> Result<Regex, String> {
    let config = Config::new().match_kind(kind).nfa_size_limit(Some(limit)).hybrid_cache_capacity(2 << 20);
    Regex::builder()
        .configure(config)
        .syntax(syntax::Config::new().nest_limit(NESTED))
        .build_many(patterns)
        .map_err(|error| reason(&error))
}

/// What the compiler says, on one line.
fn reason(error: &BuildError) -> String {
    if error.size_limit().is_some() {
        return "is too large once it is compiled; repeat less, or split it".into();
    }
    match error.syntax_error() {
        Some(regex_syntax::Error::Parse(error)) => format!("is no valid pattern: {}", error.kind()),
        Some(regex_syntax::Error::Translate(error)) => format!("is no valid pattern: {}", error.kind()),
        _ => "is no valid pattern".into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn what_cannot_be_compiled_or_is_huge_is_explained() {
        for (pattern, expected) in [
            ("(", "is no valid pattern: unclosed group"),
            (
                "(?=x)",
                "is no valid pattern: look-around, including look-ahead and look-behind, is not supported",
            ),
            (r"(a)\1", "is no valid pattern: backreferences are not supported"),
            (r"\w{1000}", "is too large once it is compiled; repeat less, or split it"),
            ("((a{1000}){1000}){1000}", "is too large once it is compiled; repeat less, or split it"),
        ] {
            assert_eq!(problem(pattern).as_deref(), Some(expected), "{pattern}");
        }
        assert_eq!(problem(&"x".repeat(4097)).as_deref(), Some("is longer than 4096 bytes"));
        assert!(problem(&"(".repeat(200)).is_some());
        assert_eq!(problem(r"\b4[0-9]{12}(?:[0-9]{3})?\b"), None);
    }

    #[test]
    fn what_takes_others_exponential_time_takes_linear_time() {
        let patterns = Patterns::new(["(a+)+$", "(a|aa)+b"]).unwrap();
        let text = "a".repeat(100_000) + "c";
        let start = Instant::now();
        assert!(!patterns.is_match(text.as_bytes()));
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_is_found_in_about_every_text_is_told_from_what_is_found_in_many() {
        for pattern in [".", ".+", "..", "", "a*", r"\w", "(?s)^.+$", "[^ ]"] {
            assert!(matches_all(pattern, KEYS) && matches_all(pattern, VALUES), "{pattern}");
        }
        assert!(matches_all("[a-z]", KEYS));
        for pattern in ["^[a-z]+$", "[0-9]", "e", "user", r"\.", "@example"] {
            assert!(!matches_all(pattern, KEYS) && !matches_all(pattern, VALUES), "{pattern}");
        }
    }
}
