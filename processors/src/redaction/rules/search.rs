//! Finds everything that patterns find in the texts of a request, and looks only at texts that may hold something.

use super::lookahead::lookahead;
use super::patterns::{Patterns, compile_one};
use super::spots::{Spots, Spotter};
use regex_automata::meta::Regex;
use std::ops::Range;

/// Patterns, and what tells where to look for them.
#[derive(Debug)]
pub struct Search {
    each: Vec<Pattern>,
    spotter: Spotter,
    /// Patterns that are not spotted, so that they look at every text, and their numbers.
    others: Patterns,
    numbers: Vec<usize>,
}

/// A pattern, to see where it is.
#[derive(Debug)]
struct Pattern {
    regex: Regex,
    /// How far each find may look on behind it, in bytes; 0 where that is nothing that counts.
    lookahead: usize,
}

/// How many bytes a text may be looked on over, as a multiple of its own; and how many more, so that few finds are
/// no matter in a short text.
const TIMES: usize = 64;
const MORE: usize = 4096;

impl Search {
    /// Compiles them. `reads` says whether texts within texts are read, too, whose signs are spotted then.
    pub fn new(patterns: &[&str], reads: bool) -> Result<Search, String> {
        let each = patterns.iter().map(|pattern| Pattern::new(pattern)).collect::<Result<_, _>>()?;
        let (spotter, numbers) = Spotter::new(patterns.iter().copied(), reads);
        let others = numbers.iter().filter_map(|number| patterns.get(*number).copied());
        Ok(Search { each, spotter, others: Patterns::new(others)?, numbers })
    }

    /// Finds the spots in some bytes, whose parts are texts that are looked at later.
    pub fn spot(&self, bytes: &[u8], spots: &mut Spots) {
        self.spotter.look(bytes, spots);
    }

    /// Whether nothing is found in a text without a spot.
    pub fn spots_all(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether nothing is found in a text, a part of the bytes that the spots are of.
    #[inline]
    pub fn finds_nothing(&self, text: &[u8], spots: &Spots) -> bool {
        !spots.any(text) && !self.others.is_match(text)
    }

    /// Shows every find of every pattern in a text that is not empty, with the pattern's number, in the order of
    /// the patterns. Those of one pattern do not overlap. `None` comes behind the last one where there may be more, but
    /// to find them would take more than linear time.
    pub fn each_find(&self, text: &[u8], spots: &Spots, mut show: impl FnMut(usize, Option<Range<usize>>)) {
        let mut looking: Vec<usize> = match spots.within(text) {
            Some(spotted) => spotted.collect(),
            None => (0..self.each.len()).collect(),
        };
        self.others.each_match(text, |other| looking.extend(self.numbers.get(other)));
        looking.sort_unstable();
        looking.dedup();
        for number in looking {
            let Some(pattern) = self.each.get(number) else { continue };
            // How many bytes its finds may still look on over.
            let mut left = TIMES.saturating_mul(text.len().saturating_add(MORE));
            for find in pattern.regex.find_iter(text) {
                match left.checked_sub(pattern.lookahead.min(text.len() - find.end())) {
                    Some(fewer) => left = fewer,
                    None => {
                        show(number, None);
                        break;
                    }
                }
                if !find.is_empty() {
                    show(number, Some(find.range()));
                }
            }
        }
    }
}

impl Pattern {
    fn new(pattern: &str) -> Result<Pattern, String> {
        Ok(Pattern { regex: compile_one(pattern)?, lookahead: lookahead(pattern) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn search(patterns: &[&str], text: &str) -> Vec<(usize, Range<usize>)> {
        let (search, mut spots, mut finds) =
            (Search::new(patterns, true).unwrap(), Spots::default(), Vec::new());
        search.spot(text.as_bytes(), &mut spots);
        search.each_find(text.as_bytes(), &spots, |number, range| finds.push((number, range.unwrap())));
        finds
    }

    #[test]
    fn every_find_of_every_pattern_is_shown_and_empty_ones_are_not() {
        assert_eq!(search(&["a+", "b", "aab"], "xaabaa"), [(0, 1..3), (0, 4..6), (1, 3..4), (2, 1..4)]);
        assert_eq!(search(&[".*"], "ab\ncd"), [(0, 0..2), (0, 3..5)]);
        assert_eq!(search(&[], "ab"), []);
    }

    /// What is found in a text within some bytes is what each pattern finds in it alone.
    fn check(patterns: &[&str], before: &str, text: &str, behind: &str) {
        let mut expected = Vec::new();
        for (number, pattern) in patterns.iter().enumerate() {
            let regex = compile_one(pattern).unwrap();
            let finds = regex.find_iter(text).filter(|find| !find.is_empty());
            expected.extend(finds.map(|find| (number, find.range())));
        }
        let (search, mut spots, mut finds) =
            (Search::new(patterns, true).unwrap(), Spots::default(), Vec::new());
        let all = format!("{before}{text}{behind}");
        search.spot(all.as_bytes(), &mut spots);
        let text = all.get(before.len()..before.len() + text.len()).unwrap();
        search.each_find(text.as_bytes(), &spots, |number, range| finds.push((number, range.unwrap())));
        assert_eq!(finds, expected, "{patterns:?} in {text:?} behind {before:?}");
        assert!(finds.is_empty() || !search.finds_nothing(text.as_bytes(), &spots));
    }

    #[test]
    fn nothing_is_missed_of_what_is_seldom_met_by_chance() {
        let digits = "[0-9]{9}";
        for (patterns, before, text, behind) in [
            // Several rows in one, and one that goes on from text to text.
            (&[digits, "[a-f]{9}"] as &[&str], "", "a123456789fedcbafed1", ""),
            (&[digits], "777777777", "777777777", "777777777"),
            (&[digits, "7[0-9]{9}", "[0-9]{30}"], "77777", "7777777777777", "77777777"),
            (&["7[0-8]{8}"], "", "97012345678", "9"),
            // Digits of other scripts, alone and mixed with others.
            (&[r"\d{9}"], "", "٣٣٣٣٣٣٣٣٣", ""),
            (&[r"\d{9}"], "", "12٣4٣6٣89", "12"),
            (&[r"\d{3}-\d{2}"], "", "12٣-٣6", ""),
            // Where the first character that it is found by has several bytes.
            (&["(?i)asz"], "", "aſz ASZ", ""),
            (&["éz", "é"], "", "éz", ""),
            (&["[sé]@"], "", "é@s@", "@"),
            (&["(?i)k@q"], "", "\u{212a}@Q", ""),
            // Parts of parts that are repeated.
            (&["@(a+bc)"], "", "@aabc", ""),
            (&["(qa+)@", "(q|x@)*z"], "", "qaa@ x@qx@z", ""),
            (&["(x@){2,3}q?z"], "", "x@x@x@z", ""),
            (&["@$", "^@", "@"], "@", "@", "@"),
            (&["(@|x|)y", "(|@)", "@?"], "", "@y xy y", ""),
        ] {
            check(patterns, before, text, behind);
        }
    }

    /// Patterns of few characters, so that texts of the same are likely to hold what they find.
    fn pattern() -> impl Strategy<Value = String> {
        const PARTS: [&str; 26] = [
            "",
            "a",
            "k",
            "s",
            "S",
            "7",
            "-",
            "@",
            "é",
            "ſ",
            "\u{212a}",
            "as",
            "asz",
            "k7-",
            "ß",
            ".",
            r"\d",
            r"\w",
            r"\b",
            r"\B",
            "^",
            "$",
            "[a-c]",
            "[^a]",
            "[0-9a-f]",
            "[0-9a-f]{9}",
        ];
        const TIMES: [&str; 9] = ["?", "*", "+", "{2}", "{1,3}", "{9}", "{8,}", "{0,2}", "{70}"];
        proptest::sample::select(&PARTS).prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
            let times = proptest::sample::select(&TIMES);
            let several = |inner| proptest::collection::vec(inner, 2..5);
            prop_oneof![
                3 => several(inner.clone()).prop_map(|parts| parts.concat()),
                1 => several(inner.clone()).prop_map(|parts| format!("(?:{})", parts.join("|"))),
                1 => (inner.clone(), times).prop_map(|(part, times)| format!("(?:{part}){times}")),
                1 => inner.clone().prop_map(|part| format!("(?i:{part})")),
                1 => inner.prop_map(|part| format!("({part})")),
            ]
        })
    }

    const TEXT: &str =
        "([aAskKſ\u{212a}éßb7f@ -]{1,6}|[0-9]{1,20}|[a-f0-9]{8,80}|[as]{60,90}|٣{1,12}|k7-){0,6}";

    /// Some patterns, and a text that is made of what one of them finds and of other texts.
    fn patterns_and_text() -> impl Strategy<Value = (Vec<String>, String)> {
        proptest::collection::vec(pattern(), 1..5).prop_flat_map(|patterns| {
            let first = patterns.first().map(String::as_str).unwrap_or_default();
            let found = match proptest::string::string_regex(first) {
                Ok(found) => found.boxed(),
                // Nothing can be made for one that looks around.
                Err(_) => TEXT.boxed(),
            };
            let text = proptest::collection::vec(prop_oneof![found, TEXT.boxed()], 1..4);
            (Just(patterns), text.prop_map(|parts| parts.concat()))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_found_in_a_part_of_some_bytes_is_what_each_pattern_finds_in_it_alone(
            (patterns, text) in patterns_and_text(), before in TEXT, behind in TEXT,
        ) {
            // Some of them are too large once they are compiled.
            let patterns = patterns.iter().map(String::as_str).filter(|pattern| compile_one(pattern).is_ok());
            check(&patterns.collect::<Vec<_>>(), &before, &text, &behind);
        }
    }

    #[test]
    fn finds_begin_and_end_between_characters() {
        assert_eq!(search(&["."], "ä€😀"), [(0, 0..2), (0, 2..5), (0, 5..9)]);
        assert_eq!(search(&[r"\d+", r"(?i)straße"], "STRAßE ٣٤"), [(0, 8..12), (1, 0..7)]);
    }
}
