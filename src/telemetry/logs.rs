//! weir's own log: text or JSON on standard error, so that a flood of one message never drowns the others.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. `json` chooses one JSON object a line over text.
pub fn start(level: Level, json: bool) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let lines = match json {
        true => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        false => lines.boxed(),
    };
    // A second start, as tests do it, keeps the first.
    let _ = tracing_subscriber::registry()
        .with(LevelFilter::from_level(level))
        .with(RateLimit::default())
        .with(lines)
        .try_init();
}

/// Lets the first events of a place in the code pass in each interval, and then every hundredth: the
/// Collector's log sampling with its defaults.
#[derive(Default)]
struct RateLimit {
    places: Mutex<HashMap<Identifier, Window>>,
}

struct Window {
    since: Instant,
    events: u64,
}

impl RateLimit {
    const TICK: Duration = Duration::from_secs(10);
    const INITIAL: u64 = 10;
    const THEREAFTER: u64 = 100;

    fn allows(&self, place: Identifier, now: Instant) -> bool {
        // Bounded by the number of log statements in the program.
        let mut places = self.places.lock();
        let window = places.entry(place).or_insert(Window { since: now, events: 0 });
        if now.duration_since(window.since) >= Self::TICK {
            *window = Window { since: now, events: 0 };
        }
        window.events += 1;
        window.events <= Self::INITIAL || (window.events - Self::INITIAL).is_multiple_of(Self::THEREAFTER)
    }
}

impl<S: Subscriber> Layer<S> for RateLimit {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.allows(event.metadata().callsite(), Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::callsite::Callsite;

    struct Place;

    impl Callsite for Place {
        fn set_interest(&self, _: tracing::subscriber::Interest) {}

        fn metadata(&self) -> &tracing::Metadata<'_> {
            unreachable!("only its address is asked for")
        }
    }

    #[test]
    fn a_flood_from_one_place_is_thinned_and_starts_anew_after_the_tick() {
        static PLACE: Place = Place;
        let (limit, start) = (RateLimit::default(), Instant::now());
        let logged = |now: Instant| (0..1010).filter(|_| limit.allows(Identifier(&PLACE), now)).count();
        assert_eq!(logged(start), 10 + 10);
        assert_eq!(logged(start + RateLimit::TICK), 10 + 10);
    }
}
