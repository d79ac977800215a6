//! One request on disk: a header, what is known of it, its OTLP bytes as they are.
//!
//! ```text
//!  0  u32  "frme"                           24  u64  records in the journal before it
//!  4  u32  checksum of all that follows      32  u64  OTLP bytes in the journal before it
//!  8  u8   kind: 1, a request               40  u32  records
//!  9  u8   flags: 1, encrypted (reserved)    44  u32  0
//! 10  u8   signal                           48  context: (tag, length, value)…
//! 11  u8   length of the context                 body
//! 12  u32  length of the body                    0…7 bytes of zeros, to the next multiple of 8
//! 16  u64  sequence number
//! ```
//!
//! Numbers are little-endian. The checksum begins with the nonce of the segment, so that what an
//! earlier use of the same blocks left behind, or what a sender puts into a body, is never a frame.

use crate::{Frame, Volume};
use bytes::Bytes;
use component::Context;
use pdata::{Limits, MAX_DEPTH, Request, Signal};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Frames begin at multiples of it.
pub(crate) const ALIGN: u64 = 8;
/// Bytes before the context.
pub(crate) const HEADER: usize = 48;
pub(crate) const MAGIC: [u8; 4] = *b"frme";
const KIND_REQUEST: u8 = 1;

/// Fields of the context.
mod tag {
    pub(super) const RECEIVED: u8 = 1;
    pub(super) const CLIENT_V4: u8 = 2;
    pub(super) const CLIENT_V6: u8 = 3;
}

/// The checksum of one segment's frames.
#[derive(Clone, Debug)]
pub(crate) struct Checksum(crc32fast::Hasher);

impl Checksum {
    pub(crate) fn new(nonce: u64) -> Checksum {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&nonce.to_le_bytes());
        Checksum(hasher)
    }

    fn of(&self, header: &[u8], body: &[u8]) -> u32 {
        let mut hasher = self.0.clone();
        hasher.update(header);
        hasher.update(body);
        hasher.finalize()
    }
}

/// Bytes that a frame takes on disk.
pub(crate) fn encoded_len(frame: &Frame) -> u64 {
    padded(HEADER + context_len(&frame.context) + frame.request.bytes().len())
}

fn padded(len: usize) -> u64 {
    (len as u64).next_multiple_of(ALIGN)
}

/// Zeros behind a frame.
pub(crate) fn padding(frame: &Frame) -> usize {
    let len = HEADER + context_len(&frame.context) + frame.request.bytes().len();
    len.next_multiple_of(ALIGN as usize) - len
}

/// Appends everything of a frame but its body and the padding.
pub(crate) fn encode(out: &mut Vec<u8>, frame: &Frame, before: Volume, checksum: &Checksum) {
    let request = &frame.request;
    let start = out.len();
    out.extend(MAGIC);
    out.extend([0; 4]);
    let context_len = u8::try_from(context_len(&frame.context)).unwrap_or(u8::MAX);
    out.extend([KIND_REQUEST, 0, signal_code(request.signal()), context_len]);
    out.extend(u32::try_from(request.bytes().len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(before.requests.to_le_bytes());
    out.extend(before.records.to_le_bytes());
    out.extend(before.bytes.to_le_bytes());
    out.extend(request.records().to_le_bytes());
    out.extend([0; 4]);
    encode_context(out, &frame.context);
    let crc = checksum.of(out.get(start + 8..).unwrap_or_default(), request.bytes());
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&crc.to_le_bytes());
    }
}

fn context_len(context: &Context) -> usize {
    let client = match context.client {
        None => 0,
        Some(SocketAddr::V4(_)) => 2 + 6,
        Some(SocketAddr::V6(_)) => 2 + 26,
    };
    2 + 8 + client
}

fn encode_context(out: &mut Vec<u8>, context: &Context) {
    out.extend([tag::RECEIVED, 8]);
    out.extend(context.received_unix_nano.to_le_bytes());
    match context.client {
        None => {}
        Some(SocketAddr::V4(client)) => {
            out.extend([tag::CLIENT_V4, 6]);
            out.extend(client.ip().octets());
            out.extend(client.port().to_le_bytes());
        }
        Some(SocketAddr::V6(client)) => {
            out.extend([tag::CLIENT_V6, 26]);
            out.extend(client.ip().octets());
            out.extend(client.port().to_le_bytes());
            out.extend(client.flowinfo().to_le_bytes());
            out.extend(client.scope_id().to_le_bytes());
        }
    }
}

/// Fields that this release does not know are left out: whoever wrote them did not need them kept, or
/// the version of the format would be another one.
fn decode_context(mut bytes: &[u8]) -> Option<Context> {
    let mut context = Context { received_unix_nano: 0, client: None };
    while let [tag, len, rest @ ..] = bytes {
        let (value, rest) = rest.split_at_checked(usize::from(*len))?;
        bytes = rest;
        let mut value = Fields(value);
        match *tag {
            tag::RECEIVED => context.received_unix_nano = value.u64()?,
            tag::CLIENT_V4 => {
                let ip = IpAddr::from(value.take::<4>()?);
                context.client = Some(SocketAddr::new(ip, value.u16()?));
            }
            tag::CLIENT_V6 => {
                let ip = Ipv6Addr::from(value.take::<16>()?);
                let (port, flow, scope) = (value.u16()?, value.u32()?, value.u32()?);
                context.client = Some(SocketAddrV6::new(ip, port, flow, scope).into());
            }
            _ => {}
        }
    }
    bytes.is_empty().then_some(context)
}

fn signal_code(signal: Signal) -> u8 {
    match signal {
        Signal::Logs => 1,
        Signal::Traces => 2,
        Signal::Metrics => 3,
    }
}

/// The first bytes of what may be a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    crc: u32,
    kind: u8,
    flags: u8,
    signal: u8,
    context_len: u8,
    body_len: u32,
    /// Everything before the frame.
    pub(crate) before: Volume,
    records: u32,
}

impl Header {
    /// The header at the beginning of `bytes`, if it looks like one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Header> {
        let mut fields = Fields(bytes);
        if fields.take()? != MAGIC {
            return None;
        }
        let crc = fields.u32()?;
        let [kind, flags, signal, context_len] = fields.take()?;
        let body_len = fields.u32()?;
        let before = Volume { requests: fields.u64()?, records: fields.u64()?, bytes: fields.u64()? };
        let records = fields.u32()?;
        fields.u32()?;
        Some(Header { crc, kind, flags, signal, context_len, body_len, before, records })
    }

    /// Bytes that the frame takes on disk.
    pub(crate) fn frame_len(&self) -> u64 {
        padded(HEADER + usize::from(self.context_len) + self.body_len as usize)
    }

    /// Everything before the next frame.
    pub(crate) fn after(&self) -> Volume {
        let mut after = self.before;
        after.add(Volume { requests: 1, records: self.records.into(), bytes: self.body_len.into() });
        after
    }

    /// Whether `frame`, which begins with this header, is as it was written.
    pub(crate) fn is_intact(&self, frame: &[u8], checksum: &Checksum) -> bool {
        let context = HEADER + usize::from(self.context_len);
        let parts = (frame.get(8..context), frame.get(context..context + self.body_len as usize));
        matches!(parts, (Some(header), Some(body)) if checksum.of(header, body) == self.crc)
    }

    /// Whether this release knows all that the frame says of itself.
    pub(crate) fn is_known(&self) -> bool {
        self.kind == KIND_REQUEST && self.flags == 0
    }

    /// What an intact frame holds. The bytes are validated again: a checksum of 32 bits is not proof
    /// enough that every reader behind it may rely on them.
    pub(crate) fn decode(&self, frame: &Bytes) -> Option<(Context, Request)> {
        let signal = Signal::ALL.into_iter().find(|signal| signal_code(*signal) == self.signal)?;
        let start = HEADER + usize::from(self.context_len);
        let end = start + self.body_len as usize;
        let context = decode_context(frame.get(HEADER..start)?)?;
        frame.get(start..end)?;
        let request = Request::validate(signal, frame.slice(start..end), &ANY).ok()?;
        (self.is_known() && request.records() == self.records).then_some((context, request))
    }
}

/// What was accepted once is not measured again.
const ANY: Limits =
    Limits { bytes: u32::MAX as usize, depth: MAX_DEPTH, records: u32::MAX, attributes: u32::MAX };

/// Numbers one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(crate) fn volume(&mut self) -> Option<Volume> {
        Some(Volume { requests: self.u64()?, records: self.u64()?, bytes: self.u64()? })
    }
}
