//! What an earlier run left in the file: may it be appended to?

use crate::compression::Compression;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// The state of a file's end.
#[derive(Debug, PartialEq, Eq)]
pub enum Leftover {
    /// It ends with a whole line, member or frame, or it is empty.
    Whole,
    /// It ends in the middle of a line: a newline keeps the next one apart.
    MidLine,
    /// It ends in the middle of a gzip member or zstd frame, or holds something else. Whatever came
    /// behind could not be read, so a new file has to be begun.
    Unreadable,
}

/// Looks at the end of the file; for a compressed one, which has no marks to go by, at all of it.
pub fn inspect(file: &mut File, compression: Compression) -> io::Result<Leftover> {
    file.seek(SeekFrom::Start(0))?;
    match compression {
        Compression::None => inspect_line(file),
        Compression::Zstd => inspect_members(file, |reader| {
            io::copy(&mut zstd::Decoder::with_buffer(reader)?.single_frame(), &mut io::sink())
        }),
        _ => inspect_members(file, |reader| {
            io::copy(&mut flate2::bufread::GzDecoder::new(reader), &mut io::sink())
        }),
    }
}

/// How a member of gzip and a frame of zstd begin (RFC 1952, RFC 8878); no JSON does.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

fn inspect_line(file: &mut File) -> io::Result<Leftover> {
    if file.metadata()?.len() == 0 {
        return Ok(Leftover::Whole);
    }
    let mut first = Vec::new();
    file.take(ZSTD.len() as u64).read_to_end(&mut first)?;
    // Of another run, with another setting: who inflates it would find lines that are not compressed.
    if first.starts_with(&GZIP) || first == ZSTD {
        return Ok(Leftover::Unreadable);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(if last == *b"\n" { Leftover::Whole } else { Leftover::MidLine })
}

/// `member` reads one member or frame to its end and leaves the reader behind it.
fn inspect_members(
    file: &mut File,
    member: impl Fn(&mut BufReader<&mut File>) -> io::Result<u64>,
) -> io::Result<Leftover> {
    let mut reader = BufReader::with_capacity(256 << 10, file);
    while !reader.fill_buf()?.is_empty() {
        // Only the decoders' own errors mean the data; anything else is the disk's.
        match member(&mut reader) {
            Ok(_) => {}
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(_) => return Ok(Leftover::Unreadable),
        }
    }
    Ok(Leftover::Whole)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::io::Write;

    fn left(compression: Compression, bytes: &[u8]) -> Leftover {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        inspect(&mut file, compression).unwrap()
    }

    #[test]
    fn a_line_that_was_cut_short_is_seen() {
        assert_eq!(left(Compression::None, b""), Leftover::Whole);
        assert_eq!(left(Compression::None, b"{}\n"), Leftover::Whole);
        assert_eq!(left(Compression::None, b"{}\n{\"a\""), Leftover::MidLine);
    }

    #[test]
    fn every_cut_through_a_member_or_frame_is_seen() {
        let line = [Bytes::from_static(b"{\"a\":1}\n")];
        for compression in [Compression::Gzip, Compression::Zstd] {
            let member = compression.pack(b"", line.iter()).unwrap();
            let two = [member.as_slice(), &member].concat();
            for cut in 0..=two.len() {
                let whole = [0, member.len(), two.len()].contains(&cut);
                let expected = if whole { Leftover::Whole } else { Leftover::Unreadable };
                assert_eq!(left(compression, &two[..cut]), expected, "{compression:?} cut at {cut}");
            }
            assert_eq!(left(compression, &[&two[..], &[0; 9]].concat()), Leftover::Unreadable);
            assert_eq!(left(Compression::None, &two), Leftover::Unreadable, "lines behind {compression:?}");
        }
    }
}
