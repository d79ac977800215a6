//! How long to wait after a failed attempt.

use crate::settings::RetryOnFailure;
use std::time::Duration;

/// The delays of one batch: exponential, random, and never shorter than the destination asked for.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    interval: Duration,
}

impl Backoff {
    /// The longest wait that a destination can ask for: one that answers with a nonsensical
    /// Retry-After must not stop delivery for days.
    pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

    pub(crate) fn new(settings: &RetryOnFailure) -> Backoff {
        Backoff { interval: (*settings.initial_interval).min(*settings.max_interval) }
    }

    /// The next delay.
    pub(crate) fn next(
        &mut self,
        settings: &RetryOnFailure,
        after: Option<Duration>,
        dice: &mut fastrand::Rng,
    ) -> Duration {
        let (low, high) = match settings.randomization_factor {
            None => (0.0, 1.0),
            Some(factor) => (1.0 - factor, 1.0 + factor),
        };
        let jittered = self.interval.mul_f64(low + (high - low) * dice.f64());
        let longer = self.interval.as_secs_f64() * settings.multiplier;
        let most = settings.max_interval.as_secs_f64();
        self.interval = Duration::try_from_secs_f64(longer.min(most)).unwrap_or(*settings.max_interval);
        jittered.max(after.unwrap_or_default().min(Backoff::MAX_RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(settings: &RetryOnFailure, after: Option<Duration>) -> Vec<f64> {
        let mut all = Vec::new();
        for seed in 0..500 {
            let mut dice = fastrand::Rng::with_seed(seed);
            let mut backoff = Backoff::new(settings);
            for _ in 0..3 {
                backoff.next(settings, after, &mut dice);
            }
            all.push(backoff.next(settings, after, &mut dice).as_secs_f64());
        }
        all.sort_by(f64::total_cmp);
        all
    }

    fn bounds(sorted: &[f64]) -> (f64, f64) {
        (sorted.first().copied().unwrap_or_default(), sorted.last().copied().unwrap_or_default())
    }

    #[test]
    fn full_jitter_spreads_from_zero_to_the_interval() {
        // The fourth interval: 5 s × 1.5³.
        let (least, most) = bounds(&delays(&RetryOnFailure::default(), None));
        assert!(least < 0.3 && most > 16.5 && most <= 16.875, "{least} {most}");
    }

    #[test]
    fn a_randomization_factor_spreads_round_the_interval_as_the_collector_does() {
        let settings = RetryOnFailure { randomization_factor: Some(0.5), ..RetryOnFailure::default() };
        let (least, most) = bounds(&delays(&settings, None));
        assert!((8.4375..8.7).contains(&least) && most > 25.0 && most <= 25.3125, "{least} {most}");
    }

    #[test]
    fn the_interval_stops_growing_at_its_maximum() {
        let settings = RetryOnFailure {
            randomization_factor: Some(0.0),
            multiplier: 1e300,
            ..RetryOnFailure::default()
        };
        assert_eq!(bounds(&delays(&settings, None)), (30.0, 30.0));
    }

    #[test]
    fn the_destinations_own_time_is_a_floor_up_to_a_sane_maximum() {
        let settings = RetryOnFailure::default();
        let (least, _) = bounds(&delays(&settings, Some(Duration::from_secs(10))));
        assert_eq!(least, 10.0);
        assert_eq!(bounds(&delays(&settings, Some(Duration::from_secs(1 << 40)))), (300.0, 300.0));
    }
}
