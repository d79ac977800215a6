//! `weir journal status`.

use super::{Failed, Journal};
use journal::Volume;
use journal::inspect::{Entry, Inspection};
use serde::Serialize;
use std::fmt;

/// What a journal holds.
#[derive(Serialize)]
pub(super) struct Status {
    pipeline: String,
    directory: String,
    segments: usize,
    /// Of the segments' files.
    bytes: u64,
    /// Of the file that the next segment will be, if it is made already.
    spare_bytes: u64,
    /// When the oldest segment was begun.
    since: Option<String>,
    /// Requests that were ever accepted.
    accepted_requests: u64,
    readers: Vec<Reader>,
    quarantined_files: usize,
    quarantined_bytes: u64,
}

/// Who reads it.
#[derive(Serialize)]
struct Reader {
    name: String,
    /// None if its place cannot be read: the oldest request that is there is its next.
    waiting: Option<Waiting>,
}

/// What waits for a reader.
#[derive(Serialize)]
struct Waiting {
    requests: u64,
    records: u64,
    bytes: u64,
}

/// Reads the newest segment only.
pub(super) fn look(journal: &Journal, mut inspection: Inspection) -> Result<Status, Failed> {
    let segments = inspection.segments.len();
    let bytes = inspection.segments.iter().map(|segment| segment.bytes).sum();
    let oldest = inspection.segments.iter().find_map(|segment| segment.header);
    let since =
        oldest.and_then(|header| jiff::Timestamp::from_nanosecond(header.created_unix_nano.into()).ok());
    inspection.segments.drain(..segments.saturating_sub(1));
    let places = inspection.cursors.iter().filter_map(|cursor| cursor.before);
    // What was settled last may be ahead of what was synced last.
    let mut head = places.max_by_key(|place| place.requests).unwrap_or_default();
    if let Some(end) = end_of(&inspection)?.filter(|end| end.requests >= head.requests) {
        head = end;
    }
    let readers = inspection.cursors.iter().map(|cursor| Reader {
        name: cursor.name.clone(),
        waiting: cursor.before.map(|place| Waiting {
            requests: head.requests.saturating_sub(place.requests),
            records: head.records.saturating_sub(place.records),
            bytes: head.bytes.saturating_sub(place.bytes),
        }),
    });
    Ok(Status {
        pipeline: journal.pipeline.clone(),
        directory: journal.directory.display().to_string(),
        segments,
        bytes,
        spare_bytes: inspection.spare_bytes,
        since: since.map(|since| since.to_string()),
        accepted_requests: head.requests,
        readers: readers.collect(),
        quarantined_files: inspection.quarantine.len(),
        quarantined_bytes: inspection.quarantine.iter().map(|file| file.bytes).sum(),
    })
}

/// Everything up to the last frame.
fn end_of(inspection: &Inspection) -> Result<Option<Volume>, Failed> {
    let Some(header) = inspection.segments.last().and_then(|segment| segment.header) else { return Ok(None) };
    let mut end = header.before;
    for entry in inspection.entries() {
        if let Entry::Frame(frame) = entry.map_err(|error| Failed::because(&error))? {
            end.requests = frame.seq.0 + 1;
            end.records += u64::from(frame.request.records());
            end.bytes += frame.request.bytes().len() as u64;
        }
    }
    Ok(Some(end))
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Status { pipeline, directory, segments, bytes, spare_bytes, .. } = self;
        writeln!(f, "{pipeline}  {directory}")?;
        let since = self.since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
        writeln!(f, "  {segments} segments, {bytes} bytes of files{since}")?;
        if *spare_bytes > 0 {
            writeln!(f, "  {spare_bytes} bytes are ready for the next segment")?;
        }
        for Reader { name, waiting } in &self.readers {
            match waiting {
                Some(Waiting { requests: 0, .. }) => writeln!(f, "  {name}: nothing waits")?,
                Some(Waiting { requests, records, bytes }) => {
                    writeln!(f, "  {name}: {requests} requests wait, {records} records, {bytes} bytes")?;
                }
                None => writeln!(f, "  {name}: damaged; it goes on with the oldest request")?,
            }
        }
        if self.quarantined_files > 0 {
            writeln!(f, "  quarantine: {} files, {} bytes", self.quarantined_files, self.quarantined_bytes)?;
        }
        Ok(())
    }
}
