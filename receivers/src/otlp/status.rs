//! What a sender is told when its request is not taken: `google.rpc.Status`, with the details that
//! the OTLP specification asks for, as protobuf, as JSON and as gRPC trailers.
//!
//! A [`Refusal`] decides the status, here and nowhere else.

use bytes::Bytes;
use component::Refusal;
use http::StatusCode;
use pdata::Malformed;
use prost::Message;
use serde_json::json;
use std::time::Duration;
use tonic::Code;

/// An answer other than success.
#[derive(Clone, Debug)]
pub struct Status {
    code: Code,
    http: StatusCode,
    message: String,
    detail: Option<Detail>,
}

#[derive(Clone, Debug)]
enum Detail {
    /// When to try again: `google.rpc.RetryInfo` and `Retry-After`.
    RetryAfter(Duration),
    /// What is wrong with the request: `google.rpc.BadRequest`.
    BadRequest { field: String },
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Status {
        let (code, http) = match &refusal {
            Refusal::Invalid(_) => (Code::InvalidArgument, StatusCode::BAD_REQUEST),
            Refusal::TooLarge { .. } => (Code::ResourceExhausted, StatusCode::PAYLOAD_TOO_LARGE),
            Refusal::Overloaded { .. } | Refusal::Unavailable { .. } => {
                (Code::Unavailable, StatusCode::SERVICE_UNAVAILABLE)
            }
            Refusal::Denied(_) => (Code::PermissionDenied, StatusCode::FORBIDDEN),
            Refusal::Internal(_) => (Code::Internal, StatusCode::INTERNAL_SERVER_ERROR),
        };
        let detail = match refusal.retry_after() {
            Some(after) => Some(Detail::RetryAfter(after)),
            None if code == Code::InvalidArgument => Some(Detail::BadRequest { field: String::new() }),
            None => None,
        };
        Status { code, http, message: refusal.to_string(), detail }
    }
}

impl From<Malformed> for Status {
    fn from(malformed: Malformed) -> Status {
        let mut status = Status::from(Refusal::from(malformed.clone()));
        status.detail = Some(Detail::BadRequest { field: malformed.path });
        status
    }
}

impl Status {
    /// Not a well-formed request, in words of the receiver's own.
    pub fn invalid(message: impl Into<String>) -> Status {
        Status::from(Refusal::Invalid(message.into()))
    }

    /// A method, service or compression that this receiver does not have.
    pub fn unimplemented(message: impl Into<String>) -> Status {
        Status {
            code: Code::Unimplemented,
            http: StatusCode::NOT_FOUND,
            message: message.into(),
            detail: None,
        }
    }

    /// The status on HTTP.
    pub fn http(&self) -> StatusCode {
        self.http
    }

    /// The status on gRPC.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The code as the gRPC specification spells it.
    pub fn code_name(&self) -> &'static str {
        match self.code {
            Code::InvalidArgument => "INVALID_ARGUMENT",
            Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Code::Unavailable => "UNAVAILABLE",
            Code::PermissionDenied => "PERMISSION_DENIED",
            Code::Unimplemented => "UNIMPLEMENTED",
            _ => "INTERNAL",
        }
    }

    /// What is wrong, without a value of the data.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whole seconds for `Retry-After`: at least one, since 0 would ask for a flood.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match &self.detail {
            Some(Detail::RetryAfter(after)) => Some(after.as_secs_f64().ceil().max(1.0) as u64),
            _ => None,
        }
    }

    /// The `google.rpc.Status` in protobuf's binary form.
    pub fn to_protobuf(&self) -> Bytes {
        let details = self.detail.iter().map(|detail| detail.to_any(&self.message)).collect();
        let status = proto::Status { code: self.code.into(), message: self.message.clone(), details };
        status.encode_to_vec().into()
    }

    /// The `google.rpc.Status` in protobuf's JSON form.
    pub fn to_json(&self) -> Bytes {
        let mut status = json!({ "code": i32::from(self.code), "message": self.message });
        if let (Some(detail), Some(status)) = (&self.detail, status.as_object_mut()) {
            status.insert("details".into(), json!([detail.to_json(&self.message)]));
        }
        status.to_string().into()
    }

    /// The status as gRPC sends it; the details carry the whole `google.rpc.Status` again.
    pub fn to_grpc(&self) -> tonic::Status {
        let details = if self.detail.is_some() { self.to_protobuf() } else { Bytes::new() };
        tonic::Status::with_details(self.code, &self.message, details)
    }
}

impl Detail {
    fn type_url(&self) -> &'static str {
        match self {
            Detail::RetryAfter(_) => "type.googleapis.com/google.rpc.RetryInfo",
            Detail::BadRequest { .. } => "type.googleapis.com/google.rpc.BadRequest",
        }
    }

    fn to_any(&self, message: &str) -> proto::Any {
        let value = match self {
            Detail::RetryAfter(after) => proto::RetryInfo {
                retry_delay: Some(proto::Duration {
                    seconds: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                    nanos: i32::try_from(after.subsec_nanos()).unwrap_or_default(),
                }),
            }
            .encode_to_vec(),
            Detail::BadRequest { field } => proto::BadRequest {
                field_violations: vec![proto::FieldViolation {
                    field: field.clone(),
                    description: message.to_owned(),
                }],
            }
            .encode_to_vec(),
        };
        proto::Any { type_url: self.type_url().to_owned(), value }
    }

    fn to_json(&self, message: &str) -> serde_json::Value {
        match self {
            Detail::RetryAfter(after) => {
                json!({ "@type": self.type_url(), "retryDelay": format!("{}s", after.as_secs_f64()) })
            }
            Detail::BadRequest { field } => json!({
                "@type": self.type_url(),
                "fieldViolations": [{ "field": field, "description": message }],
            }),
        }
    }
}

/// The messages of `google/rpc/status.proto` and `google/rpc/error_details.proto` that are sent.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Status {
        #[prost(int32, tag = "1")]
        pub code: i32,
        #[prost(string, tag = "2")]
        pub message: String,
        #[prost(message, repeated, tag = "3")]
        pub details: Vec<Any>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Any {
        #[prost(string, tag = "1")]
        pub type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        pub value: Vec<u8>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct RetryInfo {
        #[prost(message, optional, tag = "1")]
        pub retry_delay: Option<Duration>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Duration {
        #[prost(int64, tag = "1")]
        pub seconds: i64,
        #[prost(int32, tag = "2")]
        pub nanos: i32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct BadRequest {
        #[prost(message, repeated, tag = "1")]
        pub field_violations: Vec<FieldViolation>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct FieldViolation {
        #[prost(string, tag = "1")]
        pub field: String,
        #[prost(string, tag = "2")]
        pub description: String,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Every refusal, its gRPC code, its HTTP status and its Retry-After.
    #[test]
    fn a_refusal_decides_the_status_of_both_protocols() {
        let after = Duration::from_millis(1500);
        for (refusal, code, http, retry) in [
            (Refusal::Invalid("x".into()), Code::InvalidArgument, 400, None),
            (Refusal::TooLarge { limit: 1 }, Code::ResourceExhausted, 413, None),
            (Refusal::Overloaded { retry_after: after }, Code::Unavailable, 503, Some(2)),
            (Refusal::Overloaded { retry_after: Duration::ZERO }, Code::Unavailable, 503, Some(1)),
            (Refusal::Unavailable { reason: "x", retry_after: after }, Code::Unavailable, 503, Some(2)),
            (Refusal::Denied("x"), Code::PermissionDenied, 403, None),
            (Refusal::Internal("x"), Code::Internal, 500, None),
        ] {
            let status = Status::from(refusal);
            assert_eq!((status.code(), status.http().as_u16()), (code, http));
            assert_eq!(status.retry_after_seconds(), retry);
        }
    }

    #[test]
    fn the_details_are_the_same_in_protobuf_and_json() {
        let after = Duration::from_millis(1500);
        let overloaded = Status::from(Refusal::Overloaded { retry_after: after });
        let decoded = proto::Status::decode(overloaded.to_protobuf()).unwrap();
        assert_eq!(decoded.code, 14);
        let retry = proto::RetryInfo::decode(&*decoded.details[0].value).unwrap();
        assert_eq!(retry.retry_delay, Some(proto::Duration { seconds: 1, nanos: 500_000_000 }));
        let json: serde_json::Value = serde_json::from_slice(&overloaded.to_json()).unwrap();
        assert_eq!(json["details"][0]["@type"], "type.googleapis.com/google.rpc.RetryInfo");
        assert_eq!(json["details"][0]["retryDelay"], "1.5s");

        let malformed =
            Malformed { what: "invalid UTF-8", offset: 7, path: "resource_logs.scope_logs".into() };
        let malformed = Status::from(malformed);
        let decoded = proto::Status::decode(malformed.to_protobuf()).unwrap();
        let bad = proto::BadRequest::decode(&*decoded.details[0].value).unwrap();
        assert_eq!(bad.field_violations[0].field, "resource_logs.scope_logs");
        assert_eq!(bad.field_violations[0].description, decoded.message);
        let json: serde_json::Value = serde_json::from_slice(&malformed.to_json()).unwrap();
        assert_eq!(json["code"], 3);
        assert_eq!(json["details"][0]["fieldViolations"][0]["field"], "resource_logs.scope_logs");
    }
}
