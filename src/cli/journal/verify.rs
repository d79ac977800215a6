//! `weir journal verify`.

use super::{Failed, Journal};
use journal::inspect::{Entry, Frame, Inspection};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// What reading all of a journal found.
#[derive(Serialize)]
pub(super) struct Found {
    pipeline: String,
    directory: String,
    /// Intact, and what they hold.
    requests: u64,
    records: u64,
    bytes: u64,
    /// Requests that should stand between others and do not, those in damaged places included.
    missing_requests: u64,
    damage: Vec<Damage>,
    /// Bytes that were set aside earlier.
    quarantined_bytes: u64,
}

/// Something that is not as it was written.
#[derive(Serialize)]
struct Damage {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    what: String,
}

impl Damage {
    fn to(path: &Path, what: impl ToString) -> Damage {
        Damage { path: path.display().to_string(), offset: None, what: what.to_string() }
    }
}

impl Found {
    pub(super) fn is_damaged(&self) -> bool {
        self.missing_requests > 0 || !self.damage.is_empty()
    }

    fn count(&mut self, frame: &Frame) {
        self.requests += 1;
        self.records += u64::from(frame.request.records());
        self.bytes += frame.request.bytes().len() as u64;
    }
}

/// Reads every frame.
pub(super) fn read(journal: &Journal, inspection: Inspection) -> Result<Found, Failed> {
    let mut found = Found {
        pipeline: journal.pipeline.clone(),
        directory: journal.directory.display().to_string(),
        requests: 0,
        records: 0,
        bytes: 0,
        missing_requests: 0,
        damage: Vec::new(),
        quarantined_bytes: inspection.quarantine.iter().map(|file| file.bytes).sum(),
    };
    // The newest may be about to be begun.
    let written = inspection.segments.iter().filter(|segment| segment.header.is_none() && segment.bytes > 0);
    for segment in written.filter(|segment| segment.path.exists()) {
        found.damage.push(Damage::to(&segment.path, "its header cannot be read"));
    }
    for cursor in inspection.cursors.iter().filter(|cursor| cursor.at.is_none()) {
        let what = format!("the place of {} cannot be read; it goes on with the oldest request", cursor.name);
        found.damage.push(Damage::to(&journal.directory.join("cursors"), what));
    }
    let mut next = None;
    for entry in inspection.entries() {
        match entry {
            Ok(Entry::Frame(frame)) => {
                let seq = frame.seq.0;
                let missing = next.map_or(0, |next| seq.saturating_sub(next));
                if missing > 0 && is_kept(&inspection, seq) {
                    found.missing_requests += missing;
                }
                next = Some(seq + 1);
                found.count(&frame);
            }
            Ok(Entry::Corrupt { path, offset, bytes }) => {
                let what = format!("{bytes} bytes are not what was written");
                found.damage.push(Damage { offset: Some(offset), ..Damage::to(&path, what) });
            }
            Err(error) => found.damage.push(Damage::to(&journal.directory, error)),
        }
    }
    Ok(found)
}

/// Whether what should stand before a request is still wanted: what has gone meanwhile was delivered.
fn is_kept(inspection: &Inspection, seq: u64) -> bool {
    let begun = inspection.segments.iter().filter_map(|segment| Some((segment, segment.header?.first.0)));
    let mut begun: Vec<_> = begun.filter(|(_, first)| *first <= seq).collect();
    let own = begun.pop();
    own.is_some_and(|(_, first)| first < seq) || begun.iter().any(|(segment, _)| segment.path.exists())
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { pipeline, directory, requests, records, bytes, missing_requests, .. } = self;
        writeln!(f, "{pipeline}  {directory}")?;
        writeln!(f, "  {requests} requests are intact, {records} records, {bytes} bytes")?;
        if *missing_requests > 0 {
            writeln!(f, "  {missing_requests} requests are missing")?;
        }
        for Damage { path, offset, what } in &self.damage {
            let offset = offset.map(|offset| format!(" at {offset}")).unwrap_or_default();
            writeln!(f, "  damaged: {path}{offset}: {what}")?;
        }
        if self.quarantined_bytes > 0 {
            writeln!(f, "  quarantine: {} bytes were set aside earlier", self.quarantined_bytes)?;
        }
        Ok(())
    }
}
