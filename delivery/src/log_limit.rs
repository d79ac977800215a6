//! Keeps a failing destination from flooding the log.

use parking_lot::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Lets a few lines through in every period and counts the others.
#[derive(Debug, Default)]
pub(crate) struct LogLimit(Mutex<Option<Period>>);

#[derive(Debug)]
struct Period {
    began: Instant,
    lines: u32,
    suppressed: u64,
}

impl LogLimit {
    const PERIOD: Duration = Duration::from_secs(10);
    const LINES: u32 = 10;

    /// Whether to log; if so, how many lines were left out since the last one that was logged.
    pub(crate) fn admit(&self) -> Option<u64> {
        let mut period = self.0.lock();
        let now = Instant::now();
        let period = period.get_or_insert(Period { began: now, lines: 0, suppressed: 0 });
        if now.duration_since(period.began) >= LogLimit::PERIOD {
            (period.began, period.lines) = (now, 0);
        }
        if period.lines == LogLimit::LINES {
            period.suppressed += 1;
            return None;
        }
        period.lines += 1;
        Some(std::mem::take(&mut period.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_lines_of_a_period_pass_and_the_next_period_tells_of_the_others() {
        let log = LogLimit::default();
        let passed = (0..25).filter(|_| log.admit() == Some(0)).count();
        assert_eq!(passed, 10);
        tokio::time::advance(LogLimit::PERIOD).await;
        assert_eq!((log.admit(), log.admit()), (Some(15), Some(0)));
    }
}
