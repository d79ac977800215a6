//! The status that ends a gRPC call, and what it means for the batch by the OTLP specification.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use component::{Outcome, Reason};
use http::{HeaderMap, StatusCode};
use std::time::Duration;
use tonic::Code;

/// What an export call ended with.
///
/// Read here and not by tonic, whose reader panics on a `grpc-status-details-bin` that is no base64:
/// a destination must not be able to stop the agent.
#[derive(Debug, PartialEq, Eq)]
pub struct GrpcStatus {
    /// The code.
    pub code: Code,
    /// When the destination asks to be tried again (`google.rpc.RetryInfo`).
    pub retry_after: Option<Duration>,
    /// Whether its message says that the request was larger than it takes.
    pub too_large: bool,
}

/// gRPC sends binary metadata with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How servers word that a message is over their limit; the code alone does not tell. In order:
/// grpc-go, grpc-node and gRPC core; tonic; tonic for compressed ones; grpc-java; .NET; weir.
const TOO_LARGE: [&str; 6] = [
    "larger than max",
    "message length too large",
    "exceeded while decompressing message",
    "exceeds maximum size",
    "exceeds the maximum configured size",
    "request larger than",
];

/// A message as it is compared: lower case, and with its spaces, which some servers escape.
fn words(message: &[u8]) -> String {
    String::from_utf8_lossy(message).to_ascii_lowercase().replace("%20", " ")
}

impl GrpcStatus {
    /// The status of a header or trailer block; none where it holds no `grpc-status`.
    pub fn read(headers: &HeaderMap) -> Option<GrpcStatus> {
        let code = Code::from_bytes(headers.get("grpc-status")?.as_bytes());
        let message = headers.get("grpc-message").map(|message| words(message.as_bytes()));
        let too_large = message.is_some_and(|message| TOO_LARGE.iter().any(|words| message.contains(words)));
        let details = headers.get("grpc-status-details-bin");
        let retry_after = details.and_then(|details| retry_delay(details.as_bytes()));
        Some(GrpcStatus { code, retry_after, too_large })
    }

    /// How the attempt ended, for every code but OK.
    pub fn outcome(&self) -> Outcome {
        let hold =
            |reason: &'static str| Outcome::Retry { after: self.retry_after, reason: Reason::of(reason) };
        match self.code {
            Code::ResourceExhausted | Code::OutOfRange if self.too_large => Outcome::TooLarge,
            Code::Cancelled => hold("gRPC status CANCELLED"),
            Code::DeadlineExceeded => hold("gRPC status DEADLINE_EXCEEDED"),
            Code::Aborted => hold("gRPC status ABORTED"),
            Code::OutOfRange => hold("gRPC status OUT_OF_RANGE"),
            Code::Unavailable => hold("gRPC status UNAVAILABLE"),
            Code::DataLoss => hold("gRPC status DATA_LOSS"),
            // The specification retries it only if the destination says when.
            Code::ResourceExhausted if self.retry_after.is_some() => hold("gRPC status RESOURCE_EXHAUSTED"),
            // Not the data's fault, and it heals when the operator renews the credentials: the
            // specification would lose everything sent until then.
            Code::Unauthenticated => hold(
                "gRPC status UNAUTHENTICATED: the destination wants other credentials; held until it takes them",
            ),
            Code::PermissionDenied => {
                hold("gRPC status PERMISSION_DENIED: the credentials do not suffice; held until they do")
            }
            Code::ResourceExhausted => impossible("gRPC status RESOURCE_EXHAUSTED without RetryInfo"),
            Code::Unimplemented => {
                impossible("gRPC status UNIMPLEMENTED: the destination does not take this signal")
            }
            Code::NotFound => impossible("gRPC status NOT_FOUND"),
            // These may be about a record: a server that breaks on one answers INTERNAL or UNKNOWN.
            Code::InvalidArgument => rejected("gRPC status INVALID_ARGUMENT"),
            Code::AlreadyExists => rejected("gRPC status ALREADY_EXISTS"),
            Code::FailedPrecondition => rejected("gRPC status FAILED_PRECONDITION"),
            Code::Internal => rejected("gRPC status INTERNAL"),
            Code::Unknown | Code::Ok => rejected("gRPC status UNKNOWN"),
        }
    }
}

fn rejected(reason: &'static str) -> Outcome {
    Outcome::Rejected(Reason::of(reason))
}

fn impossible(reason: &'static str) -> Outcome {
    Outcome::Impossible(Reason::of(reason))
}

/// How an answer ended the attempt that is no gRPC: a proxy or another kind of server spoke. The
/// codes are those of gRPC's "HTTP to gRPC Status Code Mapping", judged as above.
pub fn without_grpc(status: StatusCode) -> Outcome {
    let reason =
        Reason::new(format!("HTTP status {} from something that does not speak gRPC", status.as_u16()));
    match status.as_u16() {
        413 => Outcome::TooLarge,
        200 | 401 | 403 | 429 | 502..=504 => Outcome::Retry { after: None, reason },
        // A redirect is the endpoint's fault, not the data's.
        300..=399 => Outcome::Retry { after: None, reason },
        _ => Outcome::Impossible(reason),
    }
}

/// `google.rpc.Status`, as far as it is needed.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: bytes::Bytes,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

fn retry_delay(base64: &[u8]) -> Option<Duration> {
    use prost::Message;
    let status = RpcStatus::decode(BASE64.decode(base64).ok()?.as_slice()).ok()?;
    let info =
        status.details.into_iter().find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value).ok()?.retry_delay.unwrap_or_default();
    let seconds = u64::try_from(delay.seconds).unwrap_or(0);
    let nanos = u32::try_from(delay.nanos).unwrap_or(0).min(999_999_999);
    Some(Duration::new(seconds, nanos))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::word;
    use prost::Message;

    fn status(code: Code, message: &'static str, delay: Option<Duration>) -> GrpcStatus {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", (code as i32).into());
        headers.insert("grpc-message", message.parse().unwrap());
        if let Some(delay) = delay {
            let delay = Delay { seconds: delay.as_secs() as i64, nanos: delay.subsec_nanos() as i32 };
            let details = RpcStatus {
                details: vec![
                    Any {
                        type_url: "type.googleapis.com/google.rpc.DebugInfo".into(),
                        value: vec![255].into(),
                    },
                    Any {
                        type_url: "type.googleapis.com/google.rpc.RetryInfo".into(),
                        value: RetryInfo { retry_delay: Some(delay) }.encode_to_vec().into(),
                    },
                ],
            };
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(details.encode_to_vec());
            headers.insert("grpc-status-details-bin", text.parse().unwrap());
        }
        GrpcStatus::read(&headers).unwrap()
    }

    #[test]
    fn every_code_ends_the_attempt_as_the_specification_says() {
        for code in (1..=16).map(Code::from_i32) {
            let expected = match code {
                Code::Cancelled
                | Code::DeadlineExceeded
                | Code::Aborted
                | Code::OutOfRange
                | Code::Unavailable
                | Code::DataLoss => "retry",
                // Held on purpose, unlike the specification.
                Code::Unauthenticated | Code::PermissionDenied => "retry",
                Code::ResourceExhausted | Code::Unimplemented | Code::NotFound => "impossible",
                _ => "rejected",
            };
            assert_eq!(word(&status(code, "hunter2", None).outcome()), expected, "{code:?}");
            assert!(!format!("{:?}", status(code, "hunter2", None).outcome()).contains("hunter2"));
        }
        assert_eq!(word(&status(Code::from_i32(99), "", None).outcome()), "rejected");
    }

    #[test]
    fn retry_info_is_the_hint_and_makes_resource_exhausted_retryable() {
        let delay = Duration::from_millis(1500);
        for code in [Code::Unavailable, Code::ResourceExhausted] {
            match status(code, "", Some(delay)).outcome() {
                Outcome::Retry { after, .. } => assert_eq!(after, Some(delay)),
                other => assert_eq!(word(&other), "retry"),
            }
        }
        assert_eq!(word(&status(Code::Internal, "", Some(delay)).outcome()), "rejected");
    }

    #[test]
    fn a_message_over_the_servers_limit_is_too_large_in_every_servers_words() {
        for (code, words) in [
            (Code::ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"),
            (Code::ResourceExhausted, "Received message larger than max (5 vs. 4)"),
            (
                Code::OutOfRange,
                "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes",
            ),
            (
                Code::ResourceExhausted,
                "Error decompressing: size limit, of `4` bytes, exceeded while decompressing message",
            ),
            (Code::ResourceExhausted, "gRPC message exceeds maximum size 4: 5"),
            (Code::ResourceExhausted, "Received message exceeds the maximum configured size."),
            (Code::ResourceExhausted, "request larger than 4 bytes"),
        ] {
            assert_eq!(status(code, words, None).outcome(), Outcome::TooLarge, "{words}");
        }
        assert_eq!(word(&status(Code::InvalidArgument, "larger than max", None).outcome()), "rejected");
    }

    #[test]
    fn broken_details_are_no_hint_and_no_harm() {
        for details in ["!!!", "AAAA", ""] {
            let headers = HeaderMap::from_iter([
                (http::HeaderName::from_static("grpc-status"), "14".parse().unwrap()),
                (http::HeaderName::from_static("grpc-status-details-bin"), details.parse().unwrap()),
            ]);
            assert_eq!(GrpcStatus::read(&headers).unwrap().retry_after, None);
        }
    }

    #[test]
    fn an_answer_without_grpc_is_judged_by_its_http_status() {
        for (code, expected) in [
            (200, "retry"),
            (302, "retry"),
            (400, "impossible"),
            (401, "retry"),
            (403, "retry"),
            (404, "impossible"),
            (413, "too large"),
            (429, "retry"),
            (500, "impossible"),
            (503, "retry"),
        ] {
            let outcome = without_grpc(StatusCode::from_u16(code).unwrap());
            assert_eq!(word(&outcome), expected, "{code}");
        }
    }
}
