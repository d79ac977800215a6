//! How far a pattern looks on behind what it has found, over further finds: `EMP-(?:.*END)?` reads on to the
//! line's end for each `EMP-`, so that a text that is made of them takes quadratic time.
//!
//! A pattern's automaton tells. States behind a match that are none themselves are what is looked on in. Where no
//! cycle is among them, they end soon; where what a cycle reads cannot hold a find (`[a-z.]*` behind an address, without an
//! `@`), no more than one find is read over on the way to the next cycle. In both cases all finds together take linear time.

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// How far a pattern may look on without more ado, in bytes.
const NEAR: usize = 256;
/// How much memory its automaton may take, in bytes, and as much again to make it.
const LARGEST: usize = 128 << 10;
/// How many states are looked at, or pairs of them.
const MOST: usize = 1 << 13;

/// How many bytes each find of a pattern may look on over, where that is more than a few; 0 where all finds in a text take
/// linear time together. Where it cannot be told, it is as much as there can be.
pub fn lookahead(pattern: &str) -> usize {
    let parser = ParserBuilder::new().nest_limit(super::patterns::NESTED).build().parse(pattern);
    let Ok(hir) = parser else { return usize::MAX };
    let most = hir.properties().maximum_len().unwrap_or(usize::MAX);
    let looks_on = || Automaton::of(&hir).and_then(|automaton| automaton.looks_on()).unwrap_or(true);
    if most > NEAR && looks_on() { most } else { 0 }
}

/// A pattern's automaton, and a byte of each kind that it tells apart.
struct Automaton {
    dfa: dense::DFA<Vec<u32>>,
    bytes: Vec<u8>,
}

impl Automaton {
    /// `None` where it is too large.
    fn of(hir: &Hir) -> Option<Automaton> {
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(LARGEST)))
            .build_from_hir(&in_bytes(hir))
            .ok()?;
        let config = dense::Config::new()
            .accelerate(false)
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(LARGEST));
        let dfa = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()?;
        let bytes =
            dfa.byte_classes().representatives(0..=BEYOND_ASCII).filter_map(|unit| unit.as_u8()).collect();
        Some(Automaton { dfa, bytes })
    }

    /// `None` where it cannot be told.
    fn looks_on(&self) -> Option<bool> {
        let within = self.starts([Some(b'a'), Some(b'-'), Some(b'\n'), Some(b'\r')])?;
        let all = reached(self.starts([None])?.into_iter().chain(within.iter().copied()), |state| {
            self.next(state)
        })?;
        let matches = all.into_iter().filter(|state| self.dfa.is_match_state(*state));
        let behind = reached(matches, |state| self.next(state))?;
        let behind: HashSet<_> =
            behind.into_iter().filter(|state| !self.dfa.is_match_state(*state)).collect();
        if behind.len() > 2 * NEAR {
            return None;
        }
        let cycles = self.cycles(&behind);
        // What a search would find in what is read on the way through them.
        let from = cycles.iter().flat_map(|state| within.iter().map(|search| (*state, *search)));
        let both = reached(from, |(state, search)| {
            let next = self
                .bytes
                .iter()
                .map(move |byte| (self.dfa.next_state(state, *byte), self.dfa.next_state(search, *byte)));
            next.filter(|(state, _)| cycles.contains(state))
        })?;
        Some(both.into_iter().any(|(_, search)| self.has_found(search)))
    }

    /// Where a search begins, behind one of these bytes.
    fn starts(&self, behind: impl IntoIterator<Item = Option<u8>>) -> Option<Vec<StateID>> {
        let start = |byte| self.dfa.start_state(&start::Config::new().look_behind(byte));
        behind.into_iter().map(|byte| start(byte).ok()).collect()
    }

    fn next(&self, state: StateID) -> impl Iterator<Item = StateID> {
        let next = self.bytes.iter().map(move |byte| self.dfa.next_state(state, *byte));
        next.filter(|next| !self.dfa.is_dead_state(*next))
    }

    /// Whether a find ends here, which the automaton knows one byte later.
    fn has_found(&self, state: StateID) -> bool {
        self.next(state).chain([self.dfa.next_eoi_state(state)]).any(|next| self.dfa.is_match_state(next))
    }

    /// Those of some states that are in cycles of them, or on the way from one to another.
    fn cycles(&self, states: &HashSet<StateID>) -> HashSet<StateID> {
        let ways = states.iter().flat_map(|from| self.next(*from).map(|to| (*from, to)));
        let mut ways: Vec<_> = ways.filter(|(_, to)| states.contains(to)).collect();
        let onward = lead_on(&ways);
        ways.iter_mut().for_each(|(from, to)| std::mem::swap(from, to));
        lead_on(&ways).intersection(&onward).copied().collect()
    }
}

/// The nodes from which ways have no end.
fn lead_on<Node: Copy + Eq + Hash>(ways: &[(Node, Node)]) -> HashSet<Node> {
    let (mut ways_from, mut comes_from) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
    for (from, to) in ways {
        *ways_from.entry(*from).or_insert(0_usize) += 1;
        comes_from.entry(*to).or_default().push(*from);
    }
    let mut ends: Vec<Node> =
        comes_from.keys().filter(|node| !ways_from.contains_key(node)).copied().collect();
    while let Some(end) = ends.pop() {
        for from in comes_from.remove(&end).unwrap_or_default() {
            if let Entry::Occupied(mut left) = ways_from.entry(from) {
                *left.get_mut() -= 1;
                if *left.get() == 0 {
                    left.remove();
                    ends.push(from);
                }
            }
        }
    }
    ways_from.into_keys().collect()
}

/// All that is reached from some nodes, themselves with it; `None` where it is too much.
fn reached<Node: Copy + Eq + Hash, Next: Iterator<Item = Node>>(
    from: impl IntoIterator<Item = Node>,
    next: impl Fn(Node) -> Next,
) -> Option<HashSet<Node>> {
    let mut all: HashSet<Node> = from.into_iter().collect();
    let mut ahead: Vec<Node> = all.iter().copied().collect();
    while let Some(node) = ahead.pop() {
        ahead.extend(next(node).filter(|next| all.insert(*next)));
        if all.len() > MOST {
            return None;
        }
    }
    Some(all)
}

/// What stands for all characters beyond ASCII: a pattern that looks on does so within ASCII too, and so its automaton
/// is small.
const BEYOND_ASCII: u8 = 0x80;

/// The pattern for texts in which one byte stands for each character.
fn in_bytes(hir: &Hir) -> Hir {
    let sub = |hir: &Hir| Box::new(in_bytes(hir));
    let byte = |char: char| u8::try_from(char).map_or(BEYOND_ASCII, |byte| byte.min(BEYOND_ASCII));
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => {
            Hir::literal(String::from_utf8_lossy(&literal.0).chars().map(byte).collect::<Vec<u8>>())
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges =
                class.iter().map(|range| ClassBytesRange::new(byte(range.start()), byte(range.end())));
            Hir::class(Class::Bytes(ClassBytes::new(ranges)))
        }
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Look(look) => Hir::look(in_ascii(*look)),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: sub(&repetition.sub), ..repetition.clone() })
        }
        HirKind::Capture(capture) => Hir::capture(Capture { sub: sub(&capture.sub), ..capture.clone() }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(in_bytes).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(in_bytes).collect()),
    }
}

fn in_ascii(look: Look) -> Look {
    match look {
        Look::WordUnicode => Look::WordAscii,
        Look::WordUnicodeNegate => Look::WordAsciiNegate,
        Look::WordStartUnicode => Look::WordStartAscii,
        Look::WordEndUnicode => Look::WordEndAscii,
        Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
        Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        other => other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_patterns_do_not_look_on() {
        for pattern in [
            "",
            "x",
            r"\bEMP-\d+\b",
            r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b",
            r"\w+@\w+(\.\w+)+",
            r"[\w.+-]+@[\w-]+\.[\w.-]+\b",
            r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
            r"eyJ[\w-]+\.eyJ[\w-]+(?:\.[\w-]*)?",
            r"https?://\S+\b",
            r"(?i)\b(?:password|passwd|pwd)\s*[:=]\s*\S+",
            r"(?s)-----BEGIN [A-Z ]*KEY-----.*?(?:-----END [A-Z ]*KEY-----|$)",
            "jdbc:[a-z]+://[^ ]+",
            r"(?i)\bcase[ #-]?[0-9]{6,}\b",
            r"[a-z0-9-]+\.(?:corp|internal)\.example\.com",
            r"(?i)x-internal-token:\s*[a-z0-9]+",
            "arn:aws:iam::[0-9]{12}:(?:user|role)/[A-Za-z0-9+=,.@_/-]+",
            "projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/(?:secrets|serviceAccounts)/[^ ]+",
            r"key=([^;]*)(;\s*path=[^;]*)?",
            ".*",
            r"(?:EMP-\d+)?",
            r"\S{1,1000}",
            "EMP-(?:.{0,80}END)?",
            r#""[^"]*"(?:\s*:\s*"[^"]*")?"#,
        ] {
            assert_eq!(lookahead(pattern), 0, "{pattern}");
        }
    }

    #[test]
    fn what_looks_on_and_what_cannot_be_told_not_to_is_told_with_how_far() {
        for pattern in [
            "EMP-(?:.*END)?",
            r"(?s)\bEMP-(?:.*END)?",
            "a.*b|a",
            "a.*END|b",
            "é[^z]*z|é",
            r"(?:x\W*)?(?:\w.*END)?",
            "(?:.*END)?",
            r"\d+(?: \d+)*(?: \d* END)?(?:.*;)?",
            r"[a-z]*q[a-z]{300}[a-z]*",
        ] {
            assert_eq!(lookahead(pattern), usize::MAX, "{pattern}");
        }
        assert_eq!(lookahead("x.{0,80}END"), 324);
        assert_eq!(lookahead("("), usize::MAX);
    }

    /// How many bytes are read to find all that there is in a text.
    fn steps(automaton: &Automaton, text: &[u8]) -> usize {
        let (mut at, mut steps) = (0_usize, 0);
        loop {
            let before = at.checked_sub(1).map(|at| text[at]);
            let mut state = automaton.starts([before]).unwrap()[0];
            let (mut read, mut end) = (at, None);
            while !automaton.dfa.is_dead_state(state) && read <= text.len() {
                state = match text.get(read) {
                    Some(byte) => automaton.dfa.next_state(state, *byte),
                    None => automaton.dfa.next_eoi_state(state),
                };
                end = if automaton.dfa.is_match_state(state) { Some(read) } else { end };
                read += 1;
            }
            steps += read - at;
            match end {
                Some(end) if end <= text.len() => at = end.max(at + 1),
                _ => return steps,
            }
            if at > text.len() {
                return steps;
            }
        }
    }

    /// How many times as many steps four times as much text takes.
    fn growth(pattern: &str, unit: &str) -> Option<f64> {
        let hir = ParserBuilder::new().build().parse(pattern).unwrap();
        let automaton = Automaton::of(&hir)?;
        let [few, many] = [250, 1000].map(|times| steps(&automaton, unit.repeat(times).as_bytes()));
        Some(many as f64 / few as f64)
    }

    /// Patterns that are likely to look on.
    fn pattern() -> impl Strategy<Value = String> {
        let part = proptest::sample::select(&[
            "a", "b", "ab", ".", "[^a]", r"\b", "$", "-", ".*", "a*", "[ab]+", "b?",
        ]);
        part.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
            let three = (inner.clone(), inner.clone(), inner.clone());
            let times = proptest::sample::select(&["?", "*", "+", "*?", "{2}"]);
            prop_oneof![
                2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| a + &b),
                1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
                1 => (inner, times).prop_map(|(part, times)| format!("(?:{part}){times}")),
                2 => three.clone().prop_map(|(a, b, c)| format!("{a}(?:{b}.*{c})?")),
                1 => three.clone().prop_map(|(a, b, c)| format!("{a}(?:(?:{b})+{c})?")),
                1 => three.prop_map(|(a, b, c)| format!("(?:{a}.*{b}|{c})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn what_does_not_look_on_takes_linear_time(pattern in pattern(), unit in "[ab -]{1,8}\n?") {
            if lookahead(&pattern) == 0 && let Some(growth) = growth(&pattern, &unit) {
                prop_assert!(growth < 4.1, "{growth}");
            }
        }
    }

    #[test]
    fn what_looks_on_takes_quadratic_time() {
        for (pattern, unit) in
            [("EMP-(?:.*END)?", "EMP-"), ("a.*b|a", "a"), ("a.*END|b", "ab"), ("(?:.*END)?", "x")]
        {
            assert!(growth(pattern, unit).unwrap() > 15.0, "{pattern}");
        }
    }
}
