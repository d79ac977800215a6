//! What a text has to hold for a pattern to be found in it, as the pattern itself says.

use super::class::{Class, DEAREST, Way};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// How many sequences may stand for one pattern.
const MOST: usize = 32;
/// How long a sequence may be, in characters.
const LONGEST: usize = 64;

/// Characters that stand side by side.
pub type Sequence = Vec<Class>;

/// Sequences one of which is in every find of a pattern that is not empty; none where the pattern needs nothing that is
/// rare enough.
pub fn needs(pattern: &str) -> Option<Vec<Sequence>> {
    let hir = ParserBuilder::new().nest_limit(super::patterns::NESTED).build().parse(pattern).ok()?;
    let need = Part::of(&hir).need();
    (need.cost <= DEAREST).then_some(need.sequences)
}

/// What is known of what a part of a pattern finds.
#[derive(Clone)]
struct Part {
    /// Whether `begins` is all that it finds, to the end.
    whole: bool,
    /// What it finds begins with one of these,
    begins: Vec<Sequence>,
    /// ends with one of these,
    ends: Vec<Sequence>,
    /// and holds one of these somewhere.
    holds: Need,
}

/// Sequences, and how often one of them seems to be found.
#[derive(Clone)]
struct Need {
    sequences: Vec<Sequence>,
    cost: i64,
}

impl Need {
    fn of(sequences: Vec<Sequence>) -> Need {
        let cost = |sequence: &Sequence| Way::of(sequence).map_or(i64::MAX, |(_, cost)| cost);
        let cost = sequences.iter().map(cost).fold(0, i64::saturating_add);
        Need { sequences, cost }
    }

    fn nothing() -> Need {
        Need { sequences: Vec::new(), cost: i64::MAX }
    }

    fn or_rarer(self, other: Need) -> Need {
        if other.cost < self.cost { other } else { self }
    }
}

impl Part {
    /// What is found is one of these.
    fn whole(all: Vec<Sequence>) -> Part {
        Part { whole: true, begins: all.clone(), ends: all, holds: Need::nothing() }
    }

    /// What is found has no width.
    fn empty() -> Part {
        Part::whole(vec![Sequence::new()])
    }

    fn of(hir: &Hir) -> Part {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Part::empty(),
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => text
                    .chars()
                    .fold(Part::empty(), |all, one| all.then(Part::whole(vec![vec![Class::of(one)]]))),
                Err(_) => Part::empty().open(),
            },
            HirKind::Class(class) => Part::whole(vec![vec![Class::from(class)]]),
            HirKind::Capture(capture) => Part::of(&capture.sub),
            HirKind::Concat(parts) => parts.iter().map(Part::of).fold(Part::empty(), Part::then),
            HirKind::Alternation(parts) => {
                parts.iter().map(Part::of).reduce(Part::or).unwrap_or_else(Part::empty)
            }
            HirKind::Repetition(repetition) => {
                let least = repetition.min as usize;
                let one = Part::of(&repetition.sub);
                let all = (0..least.min(LONGEST)).fold(Part::empty(), |all, _| all.then(one.clone()));
                match repetition.max == Some(repetition.min) && least <= LONGEST {
                    true => all,
                    false => all.open(),
                }
            }
        }
    }

    /// This, and anything in its middle.
    fn open(self) -> Part {
        let holds = self.clone().need();
        // What could be empty begins and ends with nothing.
        Part { whole: false, holds, ..self }
    }

    /// This, and the next one behind it.
    fn then(self, next: Part) -> Part {
        let Some(joint) = joined(&self.ends, &next.begins) else {
            // Too much to say of where they meet.
            let holds = self.clone().need().or_rarer(next.clone().need());
            return Part { whole: false, begins: self.begins, ends: next.ends, holds };
        };
        if self.whole && next.whole {
            return Part::whole(joint);
        }
        Part {
            whole: false,
            begins: if self.whole { joint.clone() } else { self.begins },
            ends: if next.whole { joint.clone() } else { next.ends },
            holds: self.holds.or_rarer(next.holds).or_rarer(Need::of(joint)),
        }
    }

    /// This or the other.
    fn or(self, other: Part) -> Part {
        let many = self.begins.len() + other.begins.len() > MOST || self.ends.len() + other.ends.len() > MOST;
        let whole = self.whole && other.whole && !many;
        let holds = match (self.clone().need(), other.clone().need()) {
            (one, other) if one.sequences.is_empty() || other.sequences.is_empty() => Need::nothing(),
            (one, other) if one.sequences.len() + other.sequences.len() > MOST => Need::nothing(),
            (one, other) => Need {
                cost: one.cost.saturating_add(other.cost),
                sequences: [one.sequences, other.sequences].concat(),
            },
        };
        if many {
            let nothing = vec![Sequence::new()];
            return Part { whole, begins: nothing.clone(), ends: nothing, holds };
        }
        Part {
            whole,
            begins: [self.begins, other.begins].concat(),
            ends: [self.ends, other.ends].concat(),
            holds,
        }
    }

    /// What all it finds hold: the rarest of what is known.
    fn need(self) -> Need {
        self.holds.or_rarer(Need::of(self.begins)).or_rarer(Need::of(self.ends))
    }
}

/// Every one of the first with every one of the second behind it; `None` where that is too much.
fn joined(first: &[Sequence], second: &[Sequence]) -> Option<Vec<Sequence>> {
    let longest = |sequences: &[Sequence]| sequences.iter().map(Vec::len).max().unwrap_or_default();
    let fits = first.len() * second.len() <= MOST && longest(first) + longest(second) <= LONGEST;
    fits.then(|| {
        let join = |one: &Sequence| second.iter().map(|other| [one.as_slice(), other].concat()).collect();
        first.iter().flat_map(|one| -> Vec<Sequence> { join(one) }).collect()
    })
}
