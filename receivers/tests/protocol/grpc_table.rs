//! The table of OTLP/gRPC: what is called, and how the call ends. Run against the receiver alone and
//! against the whole agent.

use crate::client::{LOGS, METRICS, call, framed};
use crate::requests::{gzip, logs, nested, points};
use std::net::SocketAddr;

const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;

/// Name, path, grpc-encoding, body; status, kinds of details.
type Row<'a> = (&'a str, &'a str, Option<&'a str>, Vec<u8>, i32, &'a [&'a str]);

/// Makes every call of the table to a gRPC port with a limit of 1 MiB and without a pipeline for
/// metrics, and checks how it ends. How many records were accepted.
pub async fn check(address: SocketAddr) -> u32 {
    let one = logs(1, 10);
    let large = logs(1, 2 << 20);
    let mut invalid_utf8 = one.clone();
    *invalid_utf8.last_mut().unwrap() = 0xff;
    let announced = [&[0, 0, 0, 0, 100][..], b"short"].concat();
    let truncated = gzip(&one)[..20].to_vec();
    let snappy = snap::raw::Encoder::new().compress_vec(&one).unwrap();

    #[rustfmt::skip]
    let table: &[Row<'_>] = &[
        ("plain", LOGS, None, framed(0, &one), 0, &[]),
        ("identity", LOGS, Some("identity"), framed(0, &one), 0, &[]),
        ("not compressed although it could be", LOGS, Some("gzip"), framed(0, &one), 0, &[]),
        ("gzip", LOGS, Some("gzip"), framed(1, &gzip(&one)), 0, &[]),
        ("zstd", LOGS, Some("zstd"), framed(1, &zstd::encode_all(&*one, 1).unwrap()), 0, &[]),
        ("snappy", LOGS, Some("snappy"), framed(1, &snappy), 0, &[]),
        ("an empty request", LOGS, None, framed(0, b""), 0, &[]),
        ("an unknown service", "/opentelemetry.proto.collector.profiles.v1.ProfilesService/Export", None, framed(0, b""), UNIMPLEMENTED, &[]),
        ("an unknown method", "/opentelemetry.proto.collector.logs.v1.LogsService/Import", None, framed(0, &one), UNIMPLEMENTED, &[]),
        ("a signal without a pipeline", METRICS, None, framed(0, &points(1)), UNIMPLEMENTED, &[]),
        ("an unknown compression", LOGS, Some("br"), framed(1, &one), UNIMPLEMENTED, &[]),
        ("broken protobuf", LOGS, None, framed(0, b"\x0a\xff"), INVALID_ARGUMENT, &["BadRequest"]),
        ("invalid UTF-8", LOGS, None, framed(0, &invalid_utf8), INVALID_ARGUMENT, &["BadRequest"]),
        ("10,000 levels", LOGS, None, framed(0, &nested(10_000)), INVALID_ARGUMENT, &["BadRequest"]),
        ("truncated gzip", LOGS, Some("gzip"), framed(1, &truncated), INVALID_ARGUMENT, &["BadRequest"]),
        ("compressed with nothing", LOGS, None, framed(1, &one), INVALID_ARGUMENT, &["BadRequest"]),
        ("a flag that does not exist", LOGS, None, framed(2, &one), INVALID_ARGUMENT, &["BadRequest"]),
        ("no message", LOGS, None, Vec::new(), INVALID_ARGUMENT, &["BadRequest"]),
        ("half a prefix", LOGS, None, vec![0, 0], INVALID_ARGUMENT, &["BadRequest"]),
        ("shorter than announced", LOGS, None, announced, INVALID_ARGUMENT, &["BadRequest"]),
        ("two messages", LOGS, None, [framed(0, &one), framed(0, &one)].concat(), INVALID_ARGUMENT, &["BadRequest"]),
        ("over the limit", LOGS, None, framed(0, &large), RESOURCE_EXHAUSTED, &[]),
        ("over the limit when inflated", LOGS, Some("gzip"), framed(1, &gzip(&large)), RESOURCE_EXHAUSTED, &[]),
    ];
    let mut accepted = 0;
    for (name, path, encoding, body, status, details) in table {
        let ended = call(address, path, *encoding, body.clone()).await;
        assert_eq!(ended.status, *status, "{name}: {ended:?}");
        let kinds = ended.details.iter().flat_map(|details| details.kinds()).collect::<Vec<_>>();
        assert_eq!(kinds, *details, "{name}");
        if *status == 0 {
            assert_eq!(ended.reply.as_deref(), Some(&b""[..]), "{name}: full success is an empty message");
            accepted += u32::from(*name != "an empty request");
        } else {
            assert!(!ended.message.is_empty(), "{name}");
        }
    }
    accepted
}
