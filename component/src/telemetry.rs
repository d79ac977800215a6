//! The metrics that components share, declared once: name, kind, unit, labels and help. The list in
//! `docs/metrics.md` is generated from [`ALL`].

use crate::{ComponentId, Transport};
use metrics::{Counter, Label};
use pdata::Signal;

/// A metric that weir exposes.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// The exposed name. `*` stands for `log_records`, `spans` and `metric_points`.
    pub name: &'static str,
    /// `counter` or `gauge`.
    pub kind: &'static str,
    /// Label names.
    pub labels: &'static [&'static str],
    /// What it counts.
    pub help: &'static str,
}

/// Every metric, in the order of the documentation.
pub const ALL: &[Metric] = &[
    Metric {
        name: "otelcol_receiver_accepted_*",
        kind: "counter",
        labels: &["receiver", "transport"],
        help: "Records that the pipelines took.",
    },
    Metric {
        name: "otelcol_receiver_refused_*",
        kind: "counter",
        labels: &["receiver", "transport"],
        help: "Records that were well-formed but not taken.",
    },
    Metric {
        name: "otelcol_receiver_failed_*",
        kind: "counter",
        labels: &["receiver", "transport"],
        help: "Records that were lost to an internal error; the sender was told.",
    },
    Metric {
        name: "weir_redaction_hits",
        kind: "counter",
        labels: &["processor", "detector", "place"],
        help: "Secrets and personal data that redaction hid, one for each find.",
    },
];

/// The words that the Collector puts behind a metric's name for each signal.
pub fn records_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Logs => "log_records",
        Signal::Traces => "spans",
        Signal::Metrics => "metric_points",
    }
}

/// A receiver's counters for one transport.
#[derive(Clone)]
pub struct ReceiverMetrics {
    accepted: [Counter; 3],
    refused: [Counter; 3],
    failed: [Counter; 3],
}

impl ReceiverMetrics {
    /// Registers the counters of a receiver.
    pub fn new(receiver: &ComponentId, transport: Transport) -> ReceiverMetrics {
        let counters = |what: &str| {
            [Signal::Logs, Signal::Traces, Signal::Metrics].map(|signal| {
                let labels = vec![
                    Label::new("receiver", receiver.to_string()),
                    Label::from_static_parts("transport", transport.as_str()),
                ];
                metrics::counter!(format!("otelcol_receiver_{what}_{}", records_name(signal)), labels)
            })
        };
        ReceiverMetrics {
            accepted: counters("accepted"),
            refused: counters("refused"),
            failed: counters("failed"),
        }
    }

    /// The pipelines took `records`.
    pub fn accepted(&self, signal: Signal, records: u64) {
        pick(&self.accepted, signal).increment(records);
    }

    /// `records` were refused.
    pub fn refused(&self, signal: Signal, records: u64) {
        pick(&self.refused, signal).increment(records);
    }

    /// `records` were lost to an internal error.
    pub fn failed(&self, signal: Signal, records: u64) {
        pick(&self.failed, signal).increment(records);
    }
}

fn pick(counters: &[Counter; 3], signal: Signal) -> &Counter {
    let [logs, traces, metrics] = counters;
    match signal {
        Signal::Logs => logs,
        Signal::Traces => traces,
        Signal::Metrics => metrics,
    }
}
