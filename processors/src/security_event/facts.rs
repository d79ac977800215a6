//! What a record says about its event, collected in one pass over its attributes.

use super::keys::Keys;
use super::outcome::{self, Verdict};
use super::record_id::looks_unique;
use super::spelling::{Concept, Row, Spelling, TABLE, lookup};
use pdata::view::{AnyValue, Attributes, KeyValue, LogRecord, Text};

/// No row yet; behind every row.
const NONE: u8 = u8::MAX;
/// What a body says stands behind what attributes say.
const IN_BODY: u8 = 128;
/// No key of the table is longer.
const LONGEST_KEY: usize = 32;

/// The best that was found for each concept.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// The table's row, plus [`IN_BODY`].
    rows: [u8; Concept::COUNT],
    /// Valid where there is a row.
    values: [Option<Name<'a>>; Concept::COUNT],
    verdict: Option<Verdict>,
    written: Written,
    keys: Keys,
}

/// Which of the `audit.*` attributes stand there already: a bit a concept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written(u16);

impl Written {
    /// Those among `attributes`, on the top level.
    pub(super) fn among(attributes: Attributes<'_>) -> Written {
        let mut written = Written::default();
        for pair in attributes {
            if let Some((_, spelling)) = lookup(pair.key.as_bytes()) {
                written.note(spelling);
            }
        }
        written
    }

    pub(super) fn has(self, concept: Concept) -> bool {
        self.0 & 1 << concept as u8 != 0
    }

    fn note(&mut self, spelling: &Spelling) {
        self.0 |= u16::from(spelling.written) << spelling.concept as u8;
    }
}

/// A value that can name something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name<'a> {
    Text(Text<'a>),
    Number(i64),
}

impl<'a> Facts<'a> {
    /// Nothing yet. `keys` are those of the records before.
    pub(super) fn new(keys: Keys) -> Facts<'a> {
        Facts {
            rows: [NONE; Concept::COUNT],
            values: [None; Concept::COUNT],
            verdict: None,
            written: Written::default(),
            keys,
        }
    }

    /// The keys, for the next records.
    pub(super) fn into_keys(self) -> Keys {
        self.keys
    }

    /// Forgets the last record. `written` is what its resource has.
    pub(super) fn clear(&mut self, written: Written) {
        self.rows = [NONE; Concept::COUNT];
        self.verdict = None;
        self.written = written;
    }

    /// Takes up what the next record says; `seen` is shown every attribute's key.
    #[inline]
    pub(super) fn read(&mut self, record: &'a [u8], mut seen: impl FnMut(&[u8])) -> LogRecord<'a> {
        let mut position = 0;
        let record = LogRecord::parse_with(record, |run| {
            loop {
                if let Some((key, row)) = self.keys.at(position)
                    && let Some(text) = run.next_text_of(key)
                {
                    seen(key.as_bytes());
                    if let Some(row) = *row {
                        self.written.note(row.1);
                        self.take_text(row, text);
                    }
                } else if let Some(pair) = run.next() {
                    seen(pair.key.as_bytes());
                    self.read_pair(position, &pair);
                } else {
                    break;
                }
                position += 1;
            }
        });
        if let AnyValue::Map(body) = &record.body {
            self.read_map(&Some(Path::default()), body.clone(), IN_BODY);
        }
        record
    }

    /// Takes up an attribute that is more than a short text, or has another key than the one of the last record
    /// that stood there.
    fn read_pair(&mut self, position: usize, pair: &KeyValue<'a>) {
        if let Some(row) = self.keys.row(position, pair.key.as_bytes()) {
            self.written.note(row.1);
            self.take(row, &pair.value);
        }
        if let AnyValue::Map(inner) = &pair.value {
            self.read_map(&Path::default().join(pair.key.as_bytes()), inner.clone(), 0);
        }
    }

    /// Takes up an attribute that the record is about to get.
    pub(super) fn read_default(&mut self, key: &str, value: &AnyValue<'a>) {
        if let Some(row) = lookup(key.as_bytes()) {
            self.take(row, value);
        }
    }

    /// Reads a map as if its keys stood on the top level, joined by dots.
    fn read_map(&mut self, path: &Option<Path>, map: Attributes<'a>, origin: u8) {
        let Some(path) = path else { return };
        for pair in map {
            let Some(path) = path.join(pair.key.as_bytes()) else { continue };
            match pair.value {
                AnyValue::Map(inner) => self.read_map(&Some(path), inner, origin),
                value => {
                    if let Some((row, spelling)) = lookup(path.as_bytes()) {
                        self.take((row | origin, spelling), &value);
                    }
                }
            }
        }
    }

    fn take(&mut self, (rank, spelling): Row, value: &AnyValue<'a>) {
        match (spelling.concept, value) {
            (_, AnyValue::Str(text)) => self.take_text((rank, spelling), *text),
            (Concept::Outcome, value) if self.improves(rank, Concept::Outcome) => {
                if let Some(verdict) = outcome::read(value) {
                    self.verdict = Some(verdict);
                    self.set(rank, Concept::Outcome, None);
                }
            }
            (Concept::Outcome | Concept::RecordId, _) => {}
            (concept, AnyValue::Int(number)) if self.improves(rank, concept) => {
                self.set(rank, concept, Some(Name::Number(*number)));
            }
            _ => {}
        }
    }

    #[inline(always)]
    fn take_text(&mut self, (rank, spelling): Row, text: Text<'a>) {
        let concept = spelling.concept;
        if text.is_empty() || !self.improves(rank, concept) {
            return;
        }
        let name = match concept {
            Concept::Outcome => match outcome::word(text.as_bytes()) {
                None => return,
                verdict => {
                    self.verdict = verdict;
                    None
                }
            },
            Concept::RecordId if spelling.key != "log.record.uid" && !looks_unique(text.as_bytes()) => return,
            _ => Some(Name::Text(text)),
        };
        self.set(rank, concept, name);
    }

    /// Of equals the later wins, as everywhere.
    #[inline]
    fn improves(&self, rank: u8, concept: Concept) -> bool {
        self.rows.get(concept as usize).is_some_and(|best| rank <= *best)
    }

    #[inline]
    fn set(&mut self, rank: u8, concept: Concept, name: Option<Name<'a>>) {
        if let (Some(row), Some(value)) =
            (self.rows.get_mut(concept as usize), self.values.get_mut(concept as usize))
        {
            (*row, *value) = (rank, name);
        }
    }

    /// Whether the record, or its resource, has the attribute that the processor would write.
    pub(super) fn has(&self, concept: Concept) -> bool {
        self.written.has(concept)
    }

    /// What was said of a concept.
    pub(super) fn name(&self, concept: Concept) -> Option<Name<'a>> {
        if *self.rows.get(concept as usize)? == NONE {
            return None;
        }
        *self.values.get(concept as usize)?
    }

    /// The same, where it is a text.
    pub(super) fn text(&self, concept: Concept) -> Option<Text<'a>> {
        match self.name(concept)? {
            Name::Text(text) => Some(text),
            Name::Number(_) => None,
        }
    }

    /// The type that the key of a concept implies.
    pub(super) fn implied_type(&self, concept: Concept) -> Option<&'static str> {
        let row = *self.rows.get(concept as usize)?;
        let spelling = (row != NONE).then(|| TABLE.get(usize::from(row & !IN_BODY))).flatten()?;
        Some(spelling.implies).filter(|implied| !implied.is_empty())
    }

    /// What was said of the outcome.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }
}

/// Keys of nested maps joined by dots, as long as the table has any.
#[derive(Clone, Copy, Debug, Default)]
struct Path {
    len: usize,
    bytes: [u8; LONGEST_KEY],
}

impl Path {
    /// One level further; `None` where no key of the table is as long.
    fn join(&self, key: &[u8]) -> Option<Path> {
        let mut path = *self;
        let dot: &[u8] = if self.len == 0 { b"" } else { b"." };
        for part in [dot, key] {
            let end = path.len + part.len();
            path.bytes.get_mut(path.len..end)?.copy_from_slice(part);
            path.len = end;
        }
        Some(path)
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
