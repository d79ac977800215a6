//! What a sender is told when its request was taken.

use super::export::Format;
use bytes::Bytes;
use component::Accepted;
use pdata::{PartialSuccess, Signal};

/// The `Export…ServiceResponse`.
pub fn success(format: Format, signal: Signal, accepted: &Accepted) -> Bytes {
    let rejected = i64::try_from(accepted.rejected).unwrap_or(i64::MAX);
    let partial = PartialSuccess { rejected, message: accepted.message.clone() };
    match format {
        Format::Protobuf => partial.to_protobuf(),
        Format::Json => partial.to_json(signal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_records_are_a_partial_success_in_the_senders_own_format() {
        let accepted = Accepted { rejected: 7, message: "no".into() };
        let told = PartialSuccess { rejected: 7, message: "no".into() };
        let protobuf = success(Format::Protobuf, Signal::Logs, &accepted);
        assert_eq!(PartialSuccess::from_protobuf(protobuf), Ok(told.clone()));
        let json = success(Format::Json, Signal::Logs, &accepted);
        assert_eq!(json, told.to_json(Signal::Logs));
    }
}
