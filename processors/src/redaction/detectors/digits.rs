//! Numbers that are written in digits, alone or in groups: cards, identity and account numbers.

use super::boundary::{begins_word, ends_word};
use super::context::is_said;
use super::form::Form;
use super::{ByteSet, Detector, FindRow};
use crate::redaction::hits::Hits;
use std::ops::Range;

/// What joins groups of digits, a single one; and what is marked as part of a row. A plus and `%20` are
/// spaces in forms and URLs; the percent sign stands for the latter.
pub const JOINTS: &[u8] = b" -+%";

/// What stands at `at` and may join groups, and how many bytes it has. A percent sign that begins something
/// else separates them, which is 0.
#[inline]
pub fn joint_at(text: &[u8], at: usize) -> Option<(u8, usize)> {
    match *text.get(at)? {
        joint @ (b' ' | b'-' | b'+') => Some((joint, 1)),
        b'%' => Some(if text.get(at + 1..)?.starts_with(b"20") { (b'%', 3) } else { (0, 1) }),
        _ => None,
    }
}

/// A kind of number.
#[derive(Debug)]
pub struct Number {
    /// How it is written. Of those that fit the first one counts.
    pub layouts: &'static [Layout],
    /// The digits that it can begin with; where most numbers that are something else are told apart.
    pub begins: Begins,
    /// Words of which one says that such a number comes, in lower case.
    pub words: &'static [&'static str],
    /// Whether digits, 0 to 9 each, are such a number.
    pub is: fn(&[u8]) -> bool,
}

/// The digits that a number can begin with, a bit each.
#[derive(Clone, Copy, Debug)]
pub struct Begins(u16);

impl Begins {
    /// One of these.
    pub const fn with(digits: &[u8]) -> Begins {
        let (mut bits, mut rest) = (0, digits);
        while let [digit, behind @ ..] = rest {
            bits |= 1 << (*digit & 15);
            rest = behind;
        }
        Begins(bits)
    }

    fn has(self, digit: u8) -> bool {
        self.0 >> (digit & 15) & 1 == 1
    }
}

/// A way to write a number.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// How many digits each group has.
    groups: &'static [usize],
    /// What may join them; the same sign everywhere.
    joints: &'static [u8],
    /// Whether another group that is joined in the same way makes it something else.
    whole: bool,
    /// Whether a word before has to say what it is.
    said: bool,
}

impl Layout {
    /// Groups of so many digits, joined by spaces or dashes.
    pub const fn of(groups: &'static [usize]) -> Layout {
        Layout { groups, joints: JOINTS, whole: false, said: false }
    }

    /// Joined by one of these only, and not to more groups.
    pub const fn joined_by(self, joints: &'static [u8]) -> Layout {
        Layout { joints, whole: true, ..self }
    }

    /// Where a word before says what it is.
    pub const fn if_said(self) -> Layout {
        Layout { said: true, ..self }
    }

    /// How many bytes a text needs for it.
    fn len(&self) -> usize {
        self.groups.iter().map(|digits| digits + 1).sum::<usize>().saturating_sub(1)
    }
}

/// Digits that are looked at together.
const MOST: usize = 19;

/// All kinds of numbers that are looked for.
#[derive(Debug, Default)]
pub struct Numbers {
    /// By the length of the first group.
    layouts: [Vec<Written>; MOST + 1],
    /// Who else looks at rows of at least so many bytes.
    rows: Vec<(usize, FindRow)>,
    /// What is looked for wherever a group begins.
    forms: Vec<(Detector, &'static Form)>,
}

impl Numbers {
    /// One more kind.
    pub fn add(&mut self, detector: Detector, number: &'static Number) {
        for layout in number.layouts {
            let first = layout.groups.first().and_then(|len| self.layouts.get_mut(*len));
            first.into_iter().for_each(|layouts| layouts.push((detector, number, layout)));
        }
    }

    /// Shows rows of so many bytes, or longer ones, to a detector.
    pub fn add_rows(&mut self, shortest: usize, find: FindRow) {
        self.rows.push((shortest, find));
    }

    /// Something that digits stand in.
    pub fn add_form(&mut self, detector: Detector, form: &'static Form) {
        self.forms.push((detector, form));
    }

    /// How many bytes the shortest row has that is looked at; `None` where there are none.
    pub fn shortest_row(&self) -> Option<usize> {
        let layouts = self.layouts.iter().flatten().map(|(_, _, layout)| layout.len());
        let rows = self.rows.iter().map(|(shortest, _)| *shortest);
        layouts.chain(rows).chain(self.forms.iter().map(|_| 1)).min()
    }

    /// Looks at the row of digits that a text has at `at`, once.
    #[inline]
    pub fn look(&self, text: &[u8], key: &[u8], at: usize, hits: &mut Hits) {
        if at >= hits.rows
            && text.get(at).is_some_and(|byte| matches!(byte, b'0'..=b'9' | b' ' | b'-' | b'+' | b'%'))
        {
            self.look_at_row(text, key, at, hits);
        }
    }

    #[inline(never)]
    fn look_at_row(&self, text: &[u8], key: &[u8], at: usize, hits: &mut Hits) {
        let seen = text.get(hits.rows..at).unwrap_or_default();
        let start = at - ROW.run_back(seen, seen.len());
        self.rows.iter().for_each(|(_, find)| find(text, start..at + 1, key, hits));
        let mut groups = Groups { text, at: start, begun: false };
        while let Some(first) = groups.next() {
            self.forms.iter().for_each(|(detector, form)| form.look(text, key, first.start, *detector, hits));
            let layouts = self.layouts.get(first.len()).map(Vec::as_slice).unwrap_or_default();
            let begin = text.get(first.start).copied().unwrap_or_default();
            if layouts.iter().any(|(_, number, _)| number.begins.has(begin))
                && let Some((range, detector)) = find(layouts, begin, first, &groups, key)
            {
                let end = range.end;
                hits.push(range, detector);
                while groups.at < end && groups.next().is_some() {}
            }
        }
        hits.rows = groups.at.max(at + 1);
    }
}

/// The number that begins with the group `first`, whose first digit is `begin`, and is written in one of these ways.
#[inline(never)]
fn find(
    layouts: &[Written],
    begin: u8,
    first: Group,
    rest: &Groups<'_>,
    key: &[u8],
) -> Option<(Range<usize>, Detector)> {
    let second = rest.clone().next().map(|group| group.len());
    let goes_on = |layout: &Layout| layout.groups.get(1).is_none_or(|len| second == Some(*len));
    let mut written =
        layouts.iter().filter(|(_, number, layout)| number.begins.has(begin) && goes_on(layout));
    written.find_map(|(detector, number, layout)| {
        let last = layout.fit(first, rest.clone())?;
        let range = first.start..last.end;
        number.is_at(rest.text, &range, layout.said, key).then_some((range, *detector))
    })
}

/// A way that a detector's numbers are written.
type Written = (Detector, &'static Number, &'static Layout);

impl Layout {
    /// The last of the groups that begin with `first`, where they are written like this.
    fn fit(&self, first: Group, mut rest: Groups<'_>) -> Option<Group> {
        let (mut last, mut joint) = (first, None);
        for len in self.groups.get(1..)? {
            last = rest.next().filter(|group| group.len() == *len)?;
            let by = last.joined_by.filter(|by| self.joints.contains(by))?;
            if joint.replace(by).is_some_and(|before| before != by) {
                return None;
            }
        }
        let more =
            |group: Option<Group>| group.is_some_and(|it| it.joined_by.is_some_and(|by| Some(by) == joint));
        let part = self.whole && (more(Some(first)) || more(rest.next()));
        (!part && stands_alone(rest.text, &(first.start..last.end))).then_some(last)
    }
}

impl Number {
    fn is_at(&self, text: &[u8], range: &Range<usize>, said: bool, key: &[u8]) -> bool {
        let mut digits = [0; MOST];
        let mut len = 0;
        let mut at = range.start;
        while at < range.end {
            match (text.get(at), joint_at(text, at)) {
                (_, Some((_, joint))) => at += joint,
                (Some(digit), None) => {
                    let Some(slot) = digits.get_mut(len) else { return false };
                    *slot = digit & 15;
                    (at, len) = (at + 1, len + 1);
                }
                (None, None) => return false,
            }
        }
        (self.is)(digits.get(..len).unwrap_or_default())
            && (!said || is_said(self.words, key, text, range.start))
    }
}

static ROW: ByteSet = ByteSet::of(b"0123456789").and(JOINTS);

static UUID: ByteSet = ByteSet::of(b"0123456789abcdefABCDEF-");

/// A group of digits within a row.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    /// Where it begins in the text.
    start: usize,
    /// Where it ends.
    end: usize,
    /// What joins it to the group before: one space or one dash. Anything else separates them.
    joined_by: Option<u8>,
}

impl Group {
    /// How many digits.
    fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The groups of a row, in order.
#[derive(Clone, Debug)]
struct Groups<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether there was one.
    begun: bool,
}

impl Iterator for Groups<'_> {
    type Item = Group;

    #[inline(always)]
    fn next(&mut self) -> Option<Group> {
        let (begin, joint) = (self.at, joint_at(self.text, self.at));
        if let Some((_, len)) = joint {
            self.at += len;
            while let Some((_, len)) = joint_at(self.text, self.at) {
                self.at += len;
            }
        }
        let start = self.at;
        if !self.text.get(start).is_some_and(u8::is_ascii_digit) {
            return None;
        }
        // Most groups are a few digits, which are sooner counted one by one.
        self.at += self.text.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
        let alone = joint.filter(|(_, len)| self.begun && start == begin + len);
        let joined_by = alone.map(|(joint, _)| joint);
        self.begun = true;
        Some(Group { start, end: self.at, joined_by })
    }
}

/// Whether the digits at `range` stand for themselves: they are no part of a word, of a decimal
/// number, of a number with a plus sign (a telephone's), or of a UUID.
fn stands_alone(text: &[u8], range: &Range<usize>) -> bool {
    let left = text.get(..range.start).unwrap_or_default();
    let right = text.get(range.end..).unwrap_or_default();
    let left_ends = match left {
        // In a form's encoding a plus is a space.
        [.., before, b'+'] => before.is_ascii_alphanumeric(),
        [b'+'] => false,
        [.., digit, b'.'] if digit.is_ascii_digit() => false,
        _ => begins_word(text, range.start),
    };
    let right_ends = match right {
        [b'.', digit, ..] if digit.is_ascii_digit() => false,
        _ => ends_word(text, range.end),
    };
    // A UUID's groups are joined by dashes.
    let joined = left.last() == Some(&b'-') || right.first() == Some(&b'-');
    left_ends && right_ends && !(joined && in_uuid(text, range))
}

/// Whether the range lies in 8-4-4-4-12 hex digits.
pub fn in_uuid(text: &[u8], range: &Range<usize>) -> bool {
    const LEN: usize = 36;
    // A longer one is none, so there is no need to look further than its length.
    let from = range.start.saturating_sub(LEN);
    let near = text.get(from..text.len().min(range.start + LEN + 1)).unwrap_or_default();
    let start = range.start - from - UUID.run_back(near, range.start - from);
    let dashes = |(at, byte): (usize, &u8)| (*byte == b'-') == matches!(at, 8 | 13 | 18 | 23);
    UUID.run(near, start) == LEN && near.iter().skip(start).take(LEN).enumerate().all(dashes)
}
