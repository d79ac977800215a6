//! How an attempt ends that an OTLP destination answered with success.

use component::{ComponentId, Outcome, Reason};
use pdata::PartialSuccess;

/// What the response adds to the success of `sent` records.
///
/// Its message is the destination's text and may echo the data: its presence counts, not its words.
pub fn outcome(exporter: &ComponentId, response: &PartialSuccess, sent: u64) -> Outcome {
    match u64::try_from(response.rejected) {
        Ok(rejected) if rejected > 0 => Outcome::Refused {
            records: rejected.min(sent),
            reason: Reason::of("the destination refused a part of the batch (OTLP partial success)"),
        },
        _ if !response.message.is_empty() => {
            tracing::warn!(%exporter, "the destination took the batch with a warning; its logs have the text");
            Outcome::Delivered
        }
        _ => Outcome::Delivered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, word};

    #[test]
    fn refused_records_are_counted_up_to_what_was_sent_and_the_text_stays_away() {
        for (rejected, message, expected) in [
            (3, "bad value hunter2", "refused 3"),
            (i64::MAX, "", "refused 10"),
            (0, "hunter2", "delivered"),
            (-1, "", "delivered"),
            (0, "", "delivered"),
        ] {
            let outcome = outcome(&id(), &PartialSuccess { rejected, message: message.into() }, 10);
            assert_eq!(word(&outcome), expected);
            assert!(!format!("{outcome:?}").contains("hunter2"));
        }
    }
}
