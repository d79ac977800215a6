//! The byte budget: how much admitted data the agent holds at most, all pipelines together.

use crate::Refusal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Bytes of requests that may be inside the agent at one time.
///
/// Taken before a body is read, given back when the request has left: overload is refused
/// early, and memory is bounded by construction instead of by watching it.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Budget> {
        Arc::new(Budget { limit, used: AtomicUsize::new(0) })
    }

    /// Takes `bytes`, or refuses with a retry hint.
    pub fn admit(self: &Arc<Budget>, bytes: usize) -> Result<Permit, Refusal> {
        let mut permit = Permit { budget: Arc::clone(self), bytes: 0 };
        permit.grow(bytes)?;
        Ok(permit)
    }

    /// Takes `bytes` whatever is taken already: for what is inside and moves on, which makes room
    /// where it was. It must never have to wait for room that only its own moving can make.
    pub fn carry(self: &Arc<Budget>, bytes: usize) -> Permit {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        Permit { budget: Arc::clone(self), bytes }
    }

    /// Bytes taken now.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes that can be taken at most.
    pub fn limit(&self) -> usize {
        self.limit
    }
}

/// Bytes taken from a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
pub struct Permit {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Permit {
    /// How long a refused sender is asked to wait.
    pub const RETRY_AFTER: Duration = Duration::from_secs(1);

    /// Takes `more` bytes on top, or refuses and keeps what it has.
    pub fn grow(&mut self, more: usize) -> Result<(), Refusal> {
        let limit = self.budget.limit;
        // Relaxed: the counter guards no other memory.
        let taken = self.budget.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(more).filter(|total| *total <= limit)
        });
        match taken {
            Ok(_) => {
                self.bytes += more;
                Ok(())
            }
            Err(_) => Err(Refusal::Overloaded { retry_after: Self::RETRY_AFTER }),
        }
    }

    /// Gives back what exceeds `bytes`: the body turned out smaller than announced.
    pub fn shrink_to(&mut self, bytes: usize) {
        let surplus = self.bytes.saturating_sub(bytes);
        self.budget.used.fetch_sub(surplus, Ordering::Relaxed);
        self.bytes -= surplus;
    }

    /// Bytes it stands for.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_full_budget_refuses_and_a_dropped_permit_gives_back() {
        let budget = Budget::new(10);
        let mut first = budget.admit(6).unwrap();
        assert!(matches!(budget.admit(5), Err(Refusal::Overloaded { .. })));
        first.grow(4).unwrap();
        assert!(first.grow(1).is_err());
        assert_eq!(budget.used(), 10);
        first.shrink_to(3);
        assert_eq!(budget.used(), 3);
        let carried = budget.carry(20);
        assert_eq!(budget.used(), 23);
        assert!(budget.admit(1).is_err());
        drop((first, carried));
        assert_eq!(budget.used(), 0);
    }
}
