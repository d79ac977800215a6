//! Request compression, with the Collector's names.

use bytes::Bytes;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// How a payload is compressed before it is sent or written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = component::settings::aliases::<Self>)]
pub enum Compression {
    /// Not at all.
    #[serde(alias = "")]
    None,
    /// gzip (RFC 1952): what most readers take.
    #[default]
    Gzip,
    /// Zstandard (RFC 8878): smaller and cheaper than gzip, where the reader takes it.
    Zstd,
    /// zlib (RFC 1950), announced as `zlib`.
    Zlib,
    /// zlib (RFC 1950), announced as `deflate`: what HTTP means by that word.
    Deflate,
}

/// On audit records, half the cost of zlib's usual 6 for a fifteenth more bytes; 1 would save another
/// fifth of the cost for a fifth more bytes.
const GZIP_LEVEL: flate2::Compression = flate2::Compression::new(2);
/// On audit records, half the cost of Zstandard's usual 3 for the same size.
const ZSTD_LEVEL: i32 = 1;

impl Compression {
    /// The `Content-Encoding` or `grpc-encoding` that announces it; none for [`Compression::None`].
    pub fn announced(self) -> Option<&'static str> {
        match self {
            Compression::None => None,
            Compression::Gzip => Some("gzip"),
            Compression::Zstd => Some("zstd"),
            Compression::Zlib => Some("zlib"),
            Compression::Deflate => Some("deflate"),
        }
    }

    /// One complete member (gzip, zlib) or frame (zstd) of all chunks behind `head`, which stays as
    /// it is. Members and frames may be concatenated: a reader sees one stream.
    ///
    /// The only writer is memory, so an error means the compressor itself failed.
    pub fn pack<'a>(self, head: &[u8], chunks: impl Iterator<Item = &'a Bytes>) -> io::Result<Vec<u8>> {
        let out = head.to_vec();
        match self {
            Compression::None => feed(out, chunks),
            Compression::Gzip => feed(GzEncoder::new(out, GZIP_LEVEL), chunks)?.finish(),
            Compression::Zlib | Compression::Deflate => {
                feed(ZlibEncoder::new(out, GZIP_LEVEL), chunks)?.finish()
            }
            Compression::Zstd => feed(zstd::Encoder::new(out, ZSTD_LEVEL)?, chunks)?.finish(),
        }
    }
}

fn feed<'a, W: Write>(mut writer: W, chunks: impl Iterator<Item = &'a Bytes>) -> io::Result<W> {
    for chunk in chunks {
        writer.write_all(chunk)?;
    }
    Ok(writer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Read;

    fn unpack(compression: Compression, packed: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match compression {
            Compression::None => out.extend_from_slice(packed),
            Compression::Gzip => {
                flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut out).map(drop).unwrap()
            }
            Compression::Zlib | Compression::Deflate => {
                flate2::read::ZlibDecoder::new(packed).read_to_end(&mut out).map(drop).unwrap()
            }
            Compression::Zstd => zstd::Decoder::new(packed).unwrap().read_to_end(&mut out).map(drop).unwrap(),
        }
        out
    }

    #[test]
    fn packed_chunks_unpack_to_their_concatenation_behind_the_head() {
        let chunks =
            [Bytes::from_static(b"one "), Bytes::from_static(b"two "), Bytes::from(vec![7; 100_000])];
        for compression in
            [Compression::None, Compression::Gzip, Compression::Zstd, Compression::Zlib, Compression::Deflate]
        {
            let packed = compression.pack(b"HEAD", chunks.iter()).unwrap();
            let rest = packed.strip_prefix(b"HEAD").unwrap();
            assert_eq!(unpack(compression, rest), chunks.concat(), "{compression:?}");
        }
    }
}
