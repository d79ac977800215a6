//! What an exporter counts, with the Collector's names where it has them.

use crate::breaker::BreakerState;
use component::ComponentId;
use component::telemetry::records_name;
use metrics::{Counter, Gauge, Label};
use pdata::Signal;

/// One exporter's metrics.
#[derive(Clone)]
pub(crate) struct ExporterMetrics {
    signals: [SignalMetrics; 3],
    /// In the order of [`Ending::ALL`].
    attempts: [Counter; Ending::ALL.len()],
    retries: Counter,
    breaker: Gauge,
}

#[derive(Clone)]
struct SignalMetrics {
    sent: Counter,
    send_failed: Counter,
    in_flight: Gauge,
}

/// How an attempt ended: the `outcome` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Delivered,
    Partial,
    Refused,
    Retry,
    Timeout,
    TooLarge,
    Rejected,
    Impossible,
}

impl Ending {
    const ALL: [(Ending, &'static str); 8] = [
        (Ending::Delivered, "delivered"),
        (Ending::Partial, "partial"),
        (Ending::Refused, "refused"),
        (Ending::Retry, "retry"),
        (Ending::Timeout, "timeout"),
        (Ending::TooLarge, "too_large"),
        (Ending::Rejected, "rejected"),
        (Ending::Impossible, "impossible"),
    ];
}

impl ExporterMetrics {
    pub(crate) fn new(exporter: &ComponentId) -> ExporterMetrics {
        let id = || Label::new("exporter", exporter.to_string());
        let signal = |signal: Signal| {
            let records = records_name(signal);
            SignalMetrics {
                sent: metrics::counter!(format!("otelcol_exporter_sent_{records}"), vec![id()]),
                send_failed: metrics::counter!(format!("otelcol_exporter_send_failed_{records}"), vec![id()]),
                in_flight: metrics::gauge!(
                    "otelcol_exporter_in_flight_requests",
                    vec![id(), Label::from_static_parts("data_type", signal.as_str())]
                ),
            }
        };
        let attempt = |(_, outcome)| {
            let labels = vec![id(), Label::from_static_parts("outcome", outcome)];
            metrics::counter!("weir_exporter_attempts", labels)
        };
        ExporterMetrics {
            signals: [Signal::Logs, Signal::Traces, Signal::Metrics].map(signal),
            attempts: Ending::ALL.map(attempt),
            retries: metrics::counter!("weir_exporter_retries", vec![id()]),
            breaker: metrics::gauge!("weir_exporter_breaker_state", vec![id()]),
        }
    }

    fn signal(&self, signal: Signal) -> &SignalMetrics {
        let [logs, traces, metrics] = &self.signals;
        match signal {
            Signal::Logs => logs,
            Signal::Traces => traces,
            Signal::Metrics => metrics,
        }
    }

    pub(crate) fn sent(&self, signal: Signal, records: u64) {
        self.signal(signal).sent.increment(records);
    }

    pub(crate) fn send_failed(&self, signal: Signal, records: u64) {
        self.signal(signal).send_failed.increment(records);
    }

    pub(crate) fn attempt(&self, ending: Ending) {
        if let Some(counter) = self.attempts.get(ending as usize) {
            counter.increment(1);
        }
    }

    pub(crate) fn retry(&self) {
        self.retries.increment(1);
    }

    pub(crate) fn breaker(&self, state: BreakerState) {
        self.breaker.set(match state {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        });
    }

    /// Counts a batch as in flight until the guard is dropped.
    pub(crate) fn in_flight(&self, signal: Signal) -> InFlight {
        let gauge = self.signal(signal).in_flight.clone();
        gauge.increment(1.0);
        InFlight(gauge)
    }
}

/// A batch on its way, retries and back-off included.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
