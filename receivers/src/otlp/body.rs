//! Reading a request's body under the byte budget.
//!
//! A sender that is refused must not make the agent buffer, and one that announces much and sends
//! little must not keep the budget from others. So a body is announced to the budget first, which
//! refuses it when there is no room, and then holds at most eight times what has arrived.

use bytes::{Buf, Bytes};
use component::{Permit, Refusal};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// What every body holds from the start, in bytes: about one read from the socket.
const FIRST: usize = 16 << 10;

/// How many times what has arrived a body may hold ahead of the rest it announced.
const AHEAD: usize = 8;

/// A request's body, read piece by piece into one buffer: the one copy on the way in.
pub struct Reader {
    body: Incoming,
    /// What is left of the last frame.
    frame: Bytes,
    ended: bool,
}

impl Reader {
    /// A body of which nothing has been read.
    pub fn new(body: Incoming) -> Reader {
        Reader { body, frame: Bytes::new(), ended: false }
    }

    /// The body's size where the sender announced it (Content-Length).
    pub fn announced(&self) -> Option<usize> {
        self.body.size_hint().exact().and_then(|size| usize::try_from(size).ok())
    }

    /// Reads exactly `length` bytes, that many being announced.
    pub async fn read_exact(&mut self, length: usize, permit: &mut Permit) -> Result<Vec<u8>, Refusal> {
        permit.shrink_to(FIRST);
        let mut out = Vec::new();
        while out.len() < length {
            if !self.fill().await? {
                return Err(Refusal::Invalid("the message ends before its announced length".into()));
            }
            let piece = self.frame.split_to(self.frame.len().min(length - out.len()));
            append(&mut out, &piece, Some(length), permit)?;
        }
        Ok(out)
    }

    /// Reads `N` bytes that cost nothing, or `None` when the body ends before the first one.
    pub async fn read_prefix<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Refusal> {
        let mut prefix = [0; N];
        let mut filled = 0;
        while let Some(missing) = prefix.get_mut(filled..).filter(|missing| !missing.is_empty()) {
            if !self.fill().await? {
                return match filled {
                    0 => Ok(None),
                    _ => Err(Refusal::Invalid("the body ends inside a message's prefix".into())),
                };
            }
            let taken = missing.len().min(self.frame.len());
            self.frame.copy_to_slice(missing.split_at_mut(taken).0);
            filled += taken;
        }
        Ok(Some(prefix))
    }

    /// Reads what remains, `limit` bytes at most.
    pub async fn read_to_end(&mut self, limit: usize, permit: &mut Permit) -> Result<Vec<u8>, Refusal> {
        let announced = self.announced();
        permit.shrink_to(FIRST);
        let mut out = Vec::new();
        while self.fill().await? {
            let piece = std::mem::take(&mut self.frame);
            if piece.len() > limit - out.len() {
                return Err(Refusal::TooLarge { limit });
            }
            append(&mut out, &piece, announced, permit)?;
        }
        Ok(out)
    }

    /// Whether the body ends here. Waits for the sender to say so.
    pub async fn is_at_end(&mut self) -> Result<bool, Refusal> {
        Ok(!self.fill().await?)
    }

    /// Reads what remains and forgets it.
    pub async fn discard(&mut self) {
        while matches!(self.fill().await, Ok(true)) {
            self.frame.clear();
        }
    }

    /// Makes sure that there is something in `frame`; `false` at the end of the body.
    async fn fill(&mut self) -> Result<bool, Refusal> {
        while self.frame.is_empty() && !self.ended {
            match self.body.frame().await {
                Some(Ok(frame)) => self.frame = frame.into_data().unwrap_or_default(),
                None => self.ended = true,
                Some(Err(_)) => {
                    let reason = "the connection broke off inside a request";
                    return Err(Refusal::Unavailable { reason, retry_after: Permit::RETRY_AFTER });
                }
            }
        }
        Ok(!self.frame.is_empty())
    }
}

/// Appends a piece. The budget pays for the buffer's capacity before it grows.
fn append(
    out: &mut Vec<u8>,
    piece: &[u8],
    announced: Option<usize>,
    permit: &mut Permit,
) -> Result<(), Refusal> {
    let needed = out.len() + piece.len();
    if needed > out.capacity() {
        let capacity = match announced {
            Some(total) => total.min(needed.saturating_mul(AHEAD)).max(needed),
            None if out.is_empty() => needed,
            None => needed.saturating_mul(2),
        };
        permit.grow(capacity.saturating_sub(permit.bytes()))?;
        out.reserve_exact(capacity - out.len());
    }
    out.extend_from_slice(piece);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use component::Budget;

    const MIB: usize = 1 << 20;

    #[test]
    fn what_is_announced_but_not_sent_holds_little_of_the_budget() {
        let budget = Budget::new(64 * MIB);
        let mut permit = budget.admit(0).unwrap();
        let mut out = Vec::new();
        append(&mut out, &[0; 100], Some(32 * MIB), &mut permit).unwrap();
        assert_eq!(budget.used(), 800);
        append(&mut out, &[0; 1000], Some(32 * MIB), &mut permit).unwrap();
        assert_eq!(budget.used(), 8800);
    }

    #[test]
    fn an_announced_body_of_a_few_frames_is_copied_once_into_a_buffer_of_its_size() {
        let mut permit = Budget::new(MIB).admit(0).unwrap();
        let mut out = Vec::new();
        for _ in 0..4 {
            append(&mut out, &[0; 16 << 10], Some(64 << 10), &mut permit).unwrap();
        }
        assert_eq!((out.len(), out.capacity(), permit.bytes()), (64 << 10, 64 << 10, 64 << 10));
    }

    #[test]
    fn a_body_that_outgrows_the_budget_is_refused_with_what_it_has() {
        let budget = Budget::new(MIB);
        let mut permit = budget.admit(0).unwrap();
        let mut out = Vec::new();
        let refusal = loop {
            if let Err(refusal) = append(&mut out, &[0; 1000], None, &mut permit) {
                break refusal;
            }
        };
        assert!(matches!(refusal, Refusal::Overloaded { .. }));
        assert!(out.capacity() <= MIB);
        drop(permit);
        assert_eq!(budget.used(), 0);
    }
}
