//! What request bodies may be compressed with, and how they are inflated: never past the size
//! limit, and never past the byte budget.

use super::status::Status;
use component::{Permit, Refusal};
use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// A content encoding, by the names that HTTP and gRPC use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Encoding {
    /// Not compressed.
    #[serde(rename = "")]
    Identity,
    /// RFC 1952, also several members in a row.
    #[serde(rename = "gzip")]
    Gzip,
    /// RFC 8878, with a window of at most 8 MiB as RFC 9659 has it.
    #[serde(rename = "zstd")]
    Zstd,
    /// RFC 1950.
    #[serde(rename = "zlib")]
    Zlib,
    /// Snappy, block or framed format, told apart by the first bytes.
    #[serde(rename = "snappy")]
    Snappy,
    /// What HTTP means by deflate: RFC 1950, the same as zlib.
    #[serde(rename = "deflate")]
    Deflate,
    /// LZ4 frames.
    #[serde(rename = "lz4")]
    Lz4,
    /// The same as snappy.
    #[serde(rename = "x-snappy-framed")]
    SnappyFramed,
}

/// The least that the output grows by, and the budget with it.
const STEP: usize = 64 << 10;

/// log2 of the largest zstd window.
const ZSTD_WINDOW_LOG: u32 = 23;

const SNAPPY_STREAM: &[u8] = b"\xff\x06\x00\x00sNaPpY";

impl Encoding {
    /// Every encoding, in the Collector's order.
    pub const ALL: [Encoding; 8] = [
        Encoding::Identity,
        Encoding::Gzip,
        Encoding::Zstd,
        Encoding::Zlib,
        Encoding::Snappy,
        Encoding::Deflate,
        Encoding::Lz4,
        Encoding::SnappyFramed,
    ];

    /// The encoding that a `Content-Encoding` or `grpc-encoding` header names.
    pub fn named(name: &str) -> Option<Encoding> {
        if name.eq_ignore_ascii_case("identity") {
            return Some(Encoding::Identity);
        }
        Self::ALL.into_iter().find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Identity => "",
            Encoding::Gzip => "gzip",
            Encoding::Zstd => "zstd",
            Encoding::Zlib => "zlib",
            Encoding::Snappy => "snappy",
            Encoding::Deflate => "deflate",
            Encoding::Lz4 => "lz4",
            Encoding::SnappyFramed => "x-snappy-framed",
        }
    }

    /// Inflates `wire` to at most `limit` bytes. `permit` grows before memory does, and holds at
    /// least the size of the result when it is `Ok`.
    pub fn inflate(self, wire: Vec<u8>, limit: usize, permit: &mut Permit) -> Result<Vec<u8>, Status> {
        let input = wire.as_slice();
        let inflated = match self {
            Encoding::Identity => return Ok(wire),
            // Nothing is nothing, however it is compressed; framed snappy even writes it so.
            _ if input.is_empty() => return Ok(wire),
            Encoding::Gzip if !input.starts_with(b"\x1f\x8b") => Err(Failure::Broken("invalid header")),
            Encoding::Gzip => read(flate2::bufread::MultiGzDecoder::new(input), input.len(), limit, permit),
            Encoding::Zlib | Encoding::Deflate => {
                read(flate2::bufread::ZlibDecoder::new(input), input.len(), limit, permit)
            }
            Encoding::Zstd => zstd(input).and_then(|reader| read(reader, input.len(), limit, permit)),
            Encoding::Snappy | Encoding::SnappyFramed if input.starts_with(SNAPPY_STREAM) => {
                read(snap::read::FrameDecoder::new(input), input.len(), limit, permit)
            }
            Encoding::Snappy | Encoding::SnappyFramed => snappy_block(input, limit, permit),
            Encoding::Lz4 => read(lz4_flex::frame::FrameDecoder::new(input), input.len(), limit, permit),
        };
        inflated.map_err(|failure| match failure {
            // The library does not tell the two apart.
            Failure::Broken(CORRUPT) if self == Encoding::Zstd => {
                Status::invalid("zstd: the data is corrupt, or needs a window of more than 8 MiB")
            }
            Failure::Broken(what) => Status::invalid(format!("{}: {what}", self.name())),
            Failure::Refused(refusal) => refusal.into(),
        })
    }
}

const CORRUPT: &str = "the data is corrupt";

enum Failure {
    Broken(&'static str),
    Refused(Refusal),
}

impl From<io::Error> for Failure {
    /// The decoders' own texts are not passed on: they may quote the data.
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Failure::Broken("the data ends too early"),
            _ => Failure::Broken(CORRUPT),
        }
    }
}

/// Reads to the end in steps, each paid for before it is taken.
fn read(mut from: impl Read, wire: usize, limit: usize, permit: &mut Permit) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    loop {
        // One byte more than the limit tells the end of the data from the limit.
        let room = limit.saturating_add(1) - out.len();
        let step = out.len().max(wire.saturating_mul(2)).max(STEP).min(room);
        permit.grow(step).map_err(Failure::Refused)?;
        out.reserve_exact(step);
        let taken = from.by_ref().take(step as u64).read_to_end(&mut out)?;
        if out.len() > limit {
            return Err(Failure::Refused(Refusal::TooLarge { limit }));
        }
        if taken < step {
            return Ok(out);
        }
    }
}

fn zstd(input: &[u8]) -> Result<impl Read, Failure> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

/// The block format announces its size, so the limit is checked before anything is allocated.
fn snappy_block(input: &[u8], limit: usize, permit: &mut Permit) -> Result<Vec<u8>, Failure> {
    let corrupt = |_| Failure::Broken(CORRUPT);
    let size = snap::raw::decompress_len(input).map_err(corrupt)?;
    if size > limit {
        return Err(Failure::Refused(Refusal::TooLarge { limit }));
    }
    permit.grow(size).map_err(Failure::Refused)?;
    snap::raw::Decoder::new().decompress_vec(input).map_err(corrupt)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use component::Budget;
    use std::io::Write;

    /// Compresses in every way that the receiver accepts.
    pub fn deflate(encoding: Encoding, data: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::fast();
        match encoding {
            Encoding::Identity => data.to_vec(),
            Encoding::Gzip => {
                let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
                writer.write_all(data).unwrap();
                writer.finish().unwrap()
            }
            Encoding::Zlib | Encoding::Deflate => {
                let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), level);
                writer.write_all(data).unwrap();
                writer.finish().unwrap()
            }
            Encoding::Zstd => zstd::encode_all(data, 1).unwrap(),
            Encoding::Snappy => snap::raw::Encoder::new().compress_vec(data).unwrap(),
            Encoding::SnappyFramed => {
                let mut writer = snap::write::FrameEncoder::new(Vec::new());
                writer.write_all(data).unwrap();
                writer.into_inner().unwrap()
            }
            Encoding::Lz4 => {
                let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
                writer.write_all(data).unwrap();
                writer.finish().unwrap()
            }
        }
    }

    const MIB: usize = 1 << 20;

    #[test]
    fn every_encoding_inflates_to_what_went_in() {
        let data: Vec<u8> = (0..300_000u32).flat_map(|n| (n % 1000).to_le_bytes()).collect();
        for encoding in Encoding::ALL {
            let budget = Budget::new(16 * MIB);
            let mut permit = budget.admit(0).unwrap();
            let out = encoding.inflate(deflate(encoding, &data), data.len(), &mut permit).unwrap();
            assert!(out == data, "{encoding:?}");
            assert!(encoding == Encoding::Identity || permit.bytes() >= out.len(), "{encoding:?}");
            assert_eq!(Encoding::named(encoding.name()), Some(encoding));
        }
    }

    #[test]
    fn an_empty_body_inflates_to_nothing() {
        for encoding in Encoding::ALL {
            let mut permit = Budget::new(MIB).admit(0).unwrap();
            assert_eq!(
                encoding.inflate(deflate(encoding, b""), 0, &mut permit).unwrap(),
                b"",
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit_and_never_takes_more_of_the_budget() {
        let zeros = vec![0; 32 * MIB];
        for encoding in Encoding::ALL.into_iter().filter(|encoding| *encoding != Encoding::Identity) {
            let budget = Budget::new(4 * MIB);
            let mut permit = budget.admit(0).unwrap();
            let status = encoding.inflate(deflate(encoding, &zeros), MIB, &mut permit).unwrap_err();
            assert_eq!(status.http(), 413, "{encoding:?}");
            assert!(permit.bytes() <= MIB + 1, "{encoding:?} {}", permit.bytes());
            drop(permit);
            // The same data under a limit that the budget has no room for.
            let mut permit = budget.admit(3 * MIB).unwrap();
            let status = encoding.inflate(deflate(encoding, &zeros), 64 * MIB, &mut permit).unwrap_err();
            assert_eq!(
                (status.http().as_u16(), status.retry_after_seconds()),
                (503, Some(1)),
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn truncated_and_corrupt_data_is_invalid() {
        let data: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
        for encoding in Encoding::ALL.into_iter().filter(|encoding| *encoding != Encoding::Identity) {
            let whole = deflate(encoding, &data);
            let half = whole.get(..whole.len() / 2).unwrap().to_vec();
            let garbage = vec![0xa5; 100];
            for wire in [half, garbage] {
                let mut permit = Budget::new(16 * MIB).admit(0).unwrap();
                let status = encoding.inflate(wire, 16 * MIB, &mut permit).unwrap_err();
                assert_eq!(status.http(), 400, "{encoding:?}: {}", status.message());
            }
        }
    }

    #[test]
    fn no_single_changed_byte_breaks_the_limit_or_the_process() {
        let data: Vec<u8> = (0..400u32).flat_map(|n| (n % 50).to_le_bytes()).collect();
        let limit = data.len() + 100;
        for encoding in Encoding::ALL {
            let whole = deflate(encoding, &data);
            for at in 0..whole.len() {
                let mut wire = whole.clone();
                *wire.get_mut(at).unwrap() ^= 0xff;
                let mut permit = Budget::new(16 * MIB).admit(0).unwrap();
                match encoding.inflate(wire, limit, &mut permit) {
                    Ok(out) => assert!(out.len() <= limit, "{encoding:?} at {at}"),
                    Err(status) => {
                        assert!(matches!(status.http().as_u16(), 400 | 413), "{encoding:?} at {at}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_zstd_window_that_would_take_more_memory_than_a_request_may_is_refused() {
        let mut writer = zstd::Encoder::new(Vec::new(), 1).unwrap();
        writer.window_log(27).unwrap();
        writer.write_all(&vec![7; MIB]).unwrap();
        let wire = writer.finish().unwrap();
        let mut permit = Budget::new(64 * MIB).admit(0).unwrap();
        let status = Encoding::Zstd.inflate(wire, 16 * MIB, &mut permit).unwrap_err();
        assert_eq!(status.http(), 400);
        assert!(status.message().contains("window"), "{}", status.message());
    }
}
