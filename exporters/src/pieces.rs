//! A request body made of the chunks of a batch, without joining them.

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Chunks below this are joined: a frame of its own costs more than moving that many bytes.
const SMALL: usize = 16 << 10;
/// How long joined chunks become before the next piece begins.
const JOINED: usize = 64 << 10;

/// Bytes to send, in order. Cloning is one reference count, so that every attempt sends the same.
#[derive(Clone, Debug)]
pub struct Pieces {
    all: Arc<[Bytes]>,
    len: usize,
}

impl Pieces {
    /// `head` and the chunks behind it. Large chunks are shared, small ones are copied together.
    pub fn gather<'a>(head: &[u8], chunks: impl Iterator<Item = &'a Bytes>) -> Pieces {
        let mut all = Vec::new();
        let mut len = head.len();
        let mut joined = BytesMut::from(head);
        for chunk in chunks {
            len += chunk.len();
            if chunk.len() < SMALL && joined.len() + chunk.len() <= JOINED {
                joined.extend_from_slice(chunk);
                continue;
            }
            if !joined.is_empty() {
                all.push(joined.split().freeze());
            }
            if chunk.len() < SMALL {
                joined.reserve(JOINED);
                joined.extend_from_slice(chunk);
            } else {
                all.push(chunk.clone());
            }
        }
        if !joined.is_empty() {
            all.push(joined.freeze());
        }
        Pieces { all: all.into(), len }
    }

    /// A body that sends them.
    pub fn body(&self) -> Body {
        Body { pieces: self.clone(), next: 0, left: self.len as u64 }
    }
}

impl From<Vec<u8>> for Pieces {
    fn from(bytes: Vec<u8>) -> Pieces {
        let len = bytes.len();
        Pieces { all: Arc::new([Bytes::from(bytes)]), len }
    }
}

/// One attempt's walk over [`Pieces`]. Knows its length, so HTTP/1.1 sends `Content-Length`.
#[derive(Debug)]
pub struct Body {
    pieces: Pieces,
    next: usize,
    left: u64,
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.all.get(self.next).cloned();
        Poll::Ready(piece.map(|piece| {
            self.next += 1;
            self.left -= piece.len() as u64;
            Ok(Frame::data(piece))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_body_is_the_concatenation_and_every_attempt_sends_all_of_it() {
        let chunks: Vec<Bytes> = [3, SMALL, 5, SMALL - 1, SMALL - 1, SMALL - 1, SMALL - 1, SMALL - 1, 1]
            .iter()
            .enumerate()
            .map(|(i, len)| Bytes::from(vec![i as u8; *len]))
            .collect();
        let whole = [b"head".as_slice(), &chunks.concat()].concat();
        let pieces = Pieces::gather(b"head", chunks.iter());
        for _ in 0..2 {
            assert_eq!(http_body::Body::size_hint(&pieces.body()).exact(), Some(whole.len() as u64));
            assert_eq!(pieces.body().collect().await.unwrap().to_bytes(), whole);
        }
    }

    #[test]
    fn a_large_chunk_is_shared_and_small_ones_are_joined() {
        let large = Bytes::from(vec![1; SMALL]);
        let small = Bytes::from_static(b"x");
        let pieces = Pieces::gather(b"", [&small, &small, &large, &small].into_iter());
        assert_eq!(pieces.all.len(), 3);
        assert_eq!(pieces.all[1].as_ptr(), large.as_ptr());
    }
}
