//! `weir journal export`.

use super::{Failed, Journals};
use crate::cli::complain;
use clap::{Args, ValueEnum};
use journal::inspect::{Entry, Frame};
use std::io::{self, BufWriter, ErrorKind, Write};

/// What to write, and how.
#[derive(Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    journals: Journals,
    /// How to write a request.
    #[arg(long, value_enum, default_value_t = Format::OtlpJson)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Format {
    /// OTLP/JSON, an export request a line.
    OtlpJson,
    /// The length (u32, big-endian) and the bytes of each OTLP export request.
    OtlpProto,
}

impl Arguments {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let inspection = self.journals.one()?.inspect()?;
        let mut out = BufWriter::new(io::stdout().lock());
        let mut damaged =
            inspection.segments.iter().any(|segment| segment.header.is_none() && segment.bytes > 0);
        for entry in inspection.entries() {
            match entry {
                Ok(Entry::Frame(frame)) => match self.write(&mut out, &frame) {
                    // Whoever reads has enough.
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                    written => written.map_err(|error| Failed::because(&error))?,
                },
                Ok(Entry::Corrupt { path, offset, bytes }) => {
                    damaged = true;
                    complain(&format!("{} at {offset}: {bytes} damaged bytes left out\n", path.display()));
                }
                Err(error) => {
                    damaged = true;
                    complain(&format!("a segment is left out: {error}\n"));
                }
            }
        }
        match out.flush() {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failed::because(&error)),
            _ if damaged => Err(Failed::DAMAGED),
            _ => Ok(()),
        }
    }

    fn write(&self, out: &mut impl Write, frame: &Frame) -> io::Result<()> {
        let request = &frame.request;
        match self.format {
            Format::OtlpJson => {
                let mut line = Vec::new();
                pdata::json::encode(request.signal(), std::slice::from_ref(request), &mut line);
                line.push(b'\n');
                out.write_all(&line)
            }
            Format::OtlpProto => {
                let length = u32::try_from(request.bytes().len()).map_err(io::Error::other)?;
                out.write_all(&length.to_be_bytes())?;
                out.write_all(request.bytes())
            }
        }
    }
}
