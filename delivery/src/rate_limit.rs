//! A limit on attempts and records a second (GCRA, by governor) on tokio's clock.

use crate::settings::RateLimit;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::Instant;

/// The limits that are configured; waits for both.
#[derive(Debug)]
pub(crate) struct Limiter {
    requests: Option<Limit>,
    records: Option<Limit>,
}

impl Limiter {
    /// `None` where nothing is limited.
    pub(crate) fn new(settings: &RateLimit) -> Option<Limiter> {
        let seconds = settings.burst_seconds.unwrap_or(1);
        let limit = |rate: Option<u32>| Limit::new(NonZeroU32::new(rate?)?, seconds);
        let requests = limit(settings.requests_per_second);
        let records = limit(settings.records_per_second);
        settings.enabled.then_some(Limiter { requests, records })
    }

    /// Waits until one attempt with so many records may be made.
    pub(crate) async fn admit(&self, records: u64) {
        if let Some(requests) = &self.requests {
            requests.admit(1).await;
        }
        if let Some(limit) = &self.records {
            limit.admit(records).await;
        }
    }
}

#[derive(Debug)]
struct Limit {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
    burst: NonZeroU32,
}

impl Limit {
    fn new(rate: NonZeroU32, burst_seconds: u32) -> Option<Limit> {
        let burst = NonZeroU32::new(rate.get().saturating_mul(burst_seconds))?;
        let clock = TokioClock { origin: Instant::now() };
        let quota = Quota::per_second(rate).allow_burst(burst);
        Some(Limit { limiter: RateLimiter::direct_with_clock(quota, clock), clock, burst })
    }

    /// More than a burst holds is admitted burst by burst.
    async fn admit(&self, mut amount: u64) {
        while amount > 0 {
            let some = u32::try_from(amount).unwrap_or(u32::MAX).min(self.burst.get());
            let Some(cells) = NonZeroU32::new(some) else { return };
            match self.limiter.check_n(cells) {
                Ok(Ok(())) => amount -= u64::from(some),
                Ok(Err(not_until)) => {
                    tokio::time::sleep(not_until.wait_time_from(self.clock.now())).await;
                }
                // Not possible: `some` is no more than the burst.
                Err(_) => return,
            }
        }
    }
}

/// tokio's clock, which tests can pause.
#[derive(Clone, Copy, Debug)]
struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        // Not from zero: GCRA looks back from now.
        self.origin.elapsed() + Duration::from_secs(3600)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn batches_larger_than_the_burst_leave_at_the_configured_rate() {
        let settings = RateLimit { enabled: true, records_per_second: Some(100), ..RateLimit::default() };
        let limiter = Limiter::new(&settings);
        let began = Instant::now();
        for _ in 0..4 {
            if let Some(limiter) = &limiter {
                limiter.admit(250).await;
            }
        }
        // 1000 records at 100 a second, the first 100 at once.
        let took = began.elapsed().as_secs_f64();
        assert!((8.9..9.2).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_limited_apart_from_records() {
        let settings = RateLimit {
            enabled: true,
            requests_per_second: Some(2),
            burst_seconds: Some(5),
            ..RateLimit::default()
        };
        let limiter = Limiter::new(&settings);
        let began = Instant::now();
        for _ in 0..20 {
            if let Some(limiter) = &limiter {
                limiter.admit(1_000_000).await;
            }
        }
        let took = began.elapsed().as_secs_f64();
        assert!((4.9..5.2).contains(&took), "{took}");
    }
}
