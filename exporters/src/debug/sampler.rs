//! Which batches are printed.

use std::time::{Duration, Instant};

/// The first few of every second, and one in so many of the rest.
#[derive(Debug)]
pub struct Sampler {
    initial: u64,
    thereafter: u64,
    second: Option<Instant>,
    seen: u64,
}

impl Sampler {
    /// A sampler that has seen nothing.
    pub fn new(initial: u64, thereafter: u64) -> Sampler {
        Sampler { initial, thereafter, second: None, seen: 0 }
    }

    /// Whether the batch that comes now is printed.
    pub fn picks(&mut self, now: Instant) -> bool {
        let second = self.second.get_or_insert(now);
        if now.duration_since(*second) >= Duration::from_secs(1) {
            *second = now;
            self.seen = 0;
        }
        self.seen += 1;
        match self.seen.checked_sub(self.initial) {
            None | Some(0) => true,
            Some(beyond) => self.thereafter > 0 && beyond.is_multiple_of(self.thereafter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_second_are_printed_and_then_one_in_so_many() {
        let start = Instant::now();
        let mut sampler = Sampler::new(2, 3);
        let mut picked = |at| (0..8).filter(|_| sampler.picks(start + Duration::from_millis(at))).count();
        // 1, 2, then the 5th and the 8th.
        assert_eq!(picked(0), 4);
        assert_eq!(picked(1000), 4);
        let mut all = Sampler::new(2, 1);
        assert!((0..100).all(|_| all.picks(start)));
    }
}
