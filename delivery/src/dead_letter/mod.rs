//! Where records go that no attempt can deliver.
//!
//! [`DeadLetters`] is the seam: an implementation a place. [`DeadLetterStore`] keeps them in a journal of
//! their own, from which they can be listed, dropped and sent again; [`CountedDeadLetters`] is what there
//! is without a disk.

mod counted;
mod envelope;
mod marks;
mod reading;
mod replay;
mod requests;
mod store;

pub use counted::CountedDeadLetters;
pub use marks::{Mark, MarkFile, Marks};
pub use reading::{Kept, Letters, Unreadable, letters};
pub use requests::request_replay;
pub use store::{DeadLetterStore, Limits};

use component::{ComponentId, Reason};
use futures_util::future::BoxFuture;
use pdata::Request;
use std::sync::Arc;

/// Records that one exporter has given up, as a request of their own that can be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The exporter that gave them up.
    pub exporter: ComponentId,
    /// The pipeline that they came through.
    pub pipeline: Arc<str>,
    /// The records: a part of the accepted request, its bytes untouched.
    pub request: Request,
    /// What kind of failure it was.
    pub category: Category,
    /// Why no attempt could succeed.
    pub reason: Reason,
    /// Attempts that were made.
    pub attempts: u32,
    /// When the agent received them, nanoseconds since the Unix epoch.
    pub received_unix_nano: u64,
    /// When the first attempt began, nanoseconds since the Unix epoch; 0 if there was none.
    pub first_unix_nano: u64,
    /// When they were given up, nanoseconds since the Unix epoch.
    pub last_unix_nano: u64,
}

impl DeadLetter {
    /// The status that the destination answered with, if the reason names one: `400`, or a gRPC code's
    /// name.
    pub fn status(&self) -> Option<&str> {
        let reason = self.reason.as_str();
        let behind = ["HTTP status ", "gRPC status "].iter().find_map(|kind| reason.split_once(kind))?.1;
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
        behind.get(..end).filter(|status| !status.is_empty())
    }
}

/// What kind of failure made a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// The destination will never take these records.
    Rejected,
    /// The destination takes nothing of the kind: a wrong path, a signal that it does not know.
    Impossible,
    /// They cannot be written in the destination's format.
    Unencodable,
    /// A single record is larger than the destination takes.
    TooLarge,
    /// Attempts might have succeeded later, but `retry_on_failure` allows no more of them.
    GaveUp,
}

impl Category {
    /// Every category.
    pub const ALL: [Category; 5] = [
        Category::Rejected,
        Category::Impossible,
        Category::Unencodable,
        Category::TooLarge,
        Category::GaveUp,
    ];

    /// Its name, in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Rejected => "rejected",
            Category::Impossible => "impossible",
            Category::Unencodable => "unencodable",
            Category::TooLarge => "too_large",
            Category::GaveUp => "gave_up",
        }
    }
}

/// A place that dead letters are handed over to.
///
/// What an implementation promises, whatever the place (a directory, an object store, a webhook):
///
/// * `keep` returns once the letter is as safe as the place can make it, and not before: the pipeline's
///   journal lets go of the records then. It does not fail. While the place does not work, it waits and
///   tries again; the exporter's other batches go on meanwhile, until all its places in flight are taken.
/// * It can be dropped at any moment, by a shutdown: the records are still in the pipeline's journal then
///   and come again. A letter may therefore be handed over twice, also after a crash between `keep` and
///   the settling. Duplicates are the reader's to tell apart; lost ones are not.
/// * It bounds what it holds, by itself, and counts and logs what it lets go of for that.
/// * The letter's bytes stay as they are. No value of theirs reaches a log, a metric or an error.
pub trait DeadLetters: Send + Sync + 'static {
    /// Takes over one dead letter.
    fn keep(&self, letter: DeadLetter) -> BoxFuture<'_, ()>;
}

#[cfg(test)]
pub(crate) mod testing {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;
    use pdata::Signal;

    /// A letter of one log record whose severity text is `text`.
    pub(crate) fn letter(exporter: &str, text: &str) -> DeadLetter {
        let mut bytes = vec![0x1a, u8::try_from(text.len()).unwrap()];
        bytes.extend(text.as_bytes());
        for tag in [0x12, 0x12, 0x0a] {
            let mut outer = vec![tag, u8::try_from(bytes.len()).unwrap()];
            outer.append(&mut bytes);
            bytes = outer;
        }
        DeadLetter {
            exporter: ComponentId::parse(exporter).unwrap(),
            pipeline: "logs/siem".into(),
            request: Request::validate(Signal::Logs, Bytes::from(bytes), &pdata::Limits::default()).unwrap(),
            category: Category::Rejected,
            reason: Reason::of("HTTP status 400"),
            attempts: 3,
            received_unix_nano: 5,
            first_unix_nano: 6,
            last_unix_nano: 7,
        }
    }

    #[test]
    fn the_status_is_what_the_reason_names() {
        let status = |reason: &'static str| {
            let letter = DeadLetter { reason: Reason::of(reason), ..letter("siem_http", "x") };
            letter.status().map(str::to_owned)
        };
        assert_eq!(status("HTTP status 400").as_deref(), Some("400"));
        assert_eq!(status("not retried: HTTP status 503: slow").as_deref(), Some("503"));
        assert_eq!(
            status("gRPC status RESOURCE_EXHAUSTED without RetryInfo").as_deref(),
            Some("RESOURCE_EXHAUSTED")
        );
        assert_eq!(status("connection refused"), None);
    }
}
