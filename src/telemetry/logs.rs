//! weir's own log: text or JSON on standard error, so that a flood of one message never drowns the others.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
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
/// Collector's log sampling with its defaults. A component's flood leaves the others' events alone.
#[derive(Default)]
struct RateLimit {
    places: Mutex<HashMap<Place, Window>>,
}

/// A log statement, and the component that it speaks of.
type Place = (Identifier, u64);

struct Window {
    since: Instant,
    events: u64,
}

impl RateLimit {
    const TICK: Duration = Duration::from_secs(10);
    const INITIAL: u64 = 10;
    const THEREAFTER: u64 = 100;

    fn allows(&self, place: Place, now: Instant) -> bool {
        // Bounded by the log statements in the program times the components in the configuration.
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
        let mut component = ComponentHash(0);
        event.record(&mut component);
        self.allows((event.metadata().callsite(), component.0), Instant::now())
    }
}

/// A hash of the event's component id; 0 where it has none.
struct ComponentHash(u64);

impl Visit for ComponentHash {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "otelcol.component.id" {
            let mut hasher = DefaultHasher::new();
            format!("{value:?}").hash(&mut hasher);
            self.0 = hasher.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::callsite::Callsite;

    struct Statement;

    impl Callsite for Statement {
        fn set_interest(&self, _: tracing::subscriber::Interest) {}

        fn metadata(&self) -> &tracing::Metadata<'_> {
            unreachable!("only its address is asked for")
        }
    }

    #[test]
    fn a_flood_from_one_place_is_thinned_and_starts_anew_after_the_tick() {
        static PLACE: Statement = Statement;
        let (limit, start) = (RateLimit::default(), Instant::now());
        let logged = |now: Instant| (0..1010).filter(|_| limit.allows((Identifier(&PLACE), 0), now)).count();
        assert_eq!(logged(start), 10 + 10);
        assert_eq!(logged(start + RateLimit::TICK), 10 + 10);
    }
}
