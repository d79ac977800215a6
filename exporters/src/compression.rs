//! Request compression, with the Collector's names.

use bytes::Bytes;
use libdeflater::{CompressionError, CompressionLvl, Compressor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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

/// The lowest that compresses. On audit records three tenths of the cost of zlib's usual 6 for a fifteenth more bytes;
/// 2 and 3 cost two thirds more for no fewer.
const GZIP_LEVEL: i32 = 1;
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
        match self {
            Compression::None => feed(head.to_vec(), chunks),
            Compression::Gzip => {
                deflate(head, chunks, Compressor::gzip_compress_bound, Compressor::gzip_compress)
            }
            Compression::Zlib | Compression::Deflate => {
                deflate(head, chunks, Compressor::zlib_compress_bound, Compressor::zlib_compress)
            }
            Compression::Zstd => feed(zstd::Encoder::new(head.to_vec(), ZSTD_LEVEL)?, chunks)?.finish(),
        }
    }
}

/// Compresses bytes into others, and says how many of these it took.
type Compress = fn(&mut Compressor, &[u8], &mut [u8]) -> Result<usize, CompressionError>;

/// `bound` says how many bytes `compress` writes at most.
fn deflate<'a>(
    head: &[u8],
    chunks: impl Iterator<Item = &'a Bytes>,
    bound: fn(&mut Compressor, usize) -> usize,
    compress: Compress,
) -> io::Result<Vec<u8>> {
    let plain = joined(chunks);
    let level = CompressionLvl::new(GZIP_LEVEL).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    // Zeros from the system are not touched before they are written to.
    let mut out = vec![0; head.len() + bound(&mut compressor, plain.len())];
    let room = out.get_mut(head.len()..).unwrap_or_default();
    let len = compress(&mut compressor, &plain, room).map_err(io::Error::other)?;
    out.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
    out.truncate(head.len() + len);
    out.shrink_to_fit();
    Ok(out)
}

/// All chunks as one; nothing is copied where there is one.
fn joined<'a>(chunks: impl Iterator<Item = &'a Bytes>) -> Cow<'a, [u8]> {
    let chunks: Vec<&[u8]> = chunks.map(|chunk| &**chunk).collect();
    match chunks.as_slice() {
        [one] => Cow::Borrowed(one),
        several => Cow::Owned(several.concat()),
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
