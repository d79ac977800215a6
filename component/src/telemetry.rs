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
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Label names.
    pub labels: &'static [&'static str],
    /// What it counts.
    pub help: &'static str,
}

impl Metric {
    /// The exposed names: one for each signal where the name has a `*`.
    pub fn names(&self) -> Vec<String> {
        match self.name.split_once('*') {
            Some((before, after)) => {
                Signal::ALL.iter().map(|signal| format!("{before}{}{after}", records_name(*signal))).collect()
            }
            None => vec![self.name.to_owned()],
        }
    }
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: "counter", labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: "gauge", labels, help }
}

/// Every metric, in the order of the documentation. A test scrapes a running agent and finds no other.
pub const ALL: &[Metric] = &[
    counter("otelcol_receiver_accepted_*", &["receiver", "transport"], "Records that the pipelines took."),
    counter(
        "otelcol_receiver_refused_*",
        &["receiver", "transport"],
        "Well-formed records whose sender was not told that they were taken: refused, or it went away before the answer. Those of the latter may be delivered all the same.",
    ),
    counter(
        "otelcol_receiver_failed_*",
        &["receiver", "transport"],
        "Records that met an internal error; the sender was told.",
    ),
    counter(
        "weir_receiver_refused_requests",
        &["receiver", "transport", "code"],
        "Requests that were refused, by gRPC status code, most of them before their records could be counted; CANCELLED: the sender went away before the answer.",
    ),
    counter(
        "otelcol_processor_incoming_items",
        &["processor", "otel_signal"],
        "Records given to a processor.",
    ),
    counter(
        "otelcol_processor_outgoing_items",
        &["processor", "otel_signal"],
        "Records that came out of it.",
    ),
    counter(
        "weir_redaction_hits",
        &["processor", "detector", "place"],
        "Secrets and personal data that redaction hid, one for each find.",
    ),
    counter("otelcol_exporter_sent_*", &["exporter"], "Records that the destination has."),
    counter(
        "otelcol_exporter_send_failed_*",
        &["exporter"],
        "Records that were given up: dead-lettered, or refused without saying which.",
    ),
    gauge(
        "otelcol_exporter_in_flight_requests",
        &["exporter", "data_type"],
        "Batches on their way, waiting for a retry included.",
    ),
    counter(
        "weir_exporter_attempts",
        &["exporter", "outcome"],
        "Attempts by outcome: delivered, partial, refused, retry, timeout, too_large, rejected, impossible.",
    ),
    counter("weir_exporter_retries", &["exporter"], "Attempts that repeat a failed one."),
    gauge(
        "weir_failover_level",
        &["connector"],
        "The priority level that gets the data, the first is 1; 0 while none works.",
    ),
    counter("weir_failover_switches", &["connector"], "Changes from one priority level to another."),
    gauge("weir_exporter_breaker_state", &["exporter"], "Circuit breaker: 0 closed, 1 half-open, 2 open."),
    counter(
        "weir_exporter_accepted_records",
        &["pipeline", "exporter"],
        "Records appended to the journal for an exporter: delivered + dead-lettered + dropped + waiting, at every moment.",
    ),
    counter(
        "weir_exporter_delivered_records",
        &["pipeline", "exporter"],
        "Records that the destination has.",
    ),
    counter(
        "weir_exporter_dead_lettered_records",
        &["pipeline", "exporter"],
        "Records that no attempt can deliver: dead letters.",
    ),
    counter(
        "weir_exporter_dropped_records",
        &["pipeline", "exporter", "reason"],
        "Records that are gone: journal_full, queue_full, refused, expired, corrupt.",
    ),
    counter("weir_dead_letters_stored", &["exporter"], "Dead letters that were kept on disk."),
    gauge("weir_dead_letters", &[], "Dead letters on disk that are neither replayed nor dropped."),
    gauge("weir_dead_letters_bytes", &[], "Bytes that dead letters take on disk."),
    counter("weir_dead_letters_replayed", &[], "Dead letters that were delivered after all."),
    counter("weir_dead_letters_dropped", &[], "Dead letters that an operator let go of."),
    counter(
        "weir_dead_letters_expired",
        &[],
        "Dead letters that are gone: too old, in the way of new ones, or too large to be kept.",
    ),
    gauge(
        "weir_exporter_waiting_records",
        &["pipeline", "exporter"],
        "Records neither delivered nor given up.",
    ),
    gauge(
        "weir_exporter_waiting_bytes",
        &["pipeline", "exporter"],
        "OTLP bytes of the requests that are waiting.",
    ),
    gauge(
        "weir_exporter_oldest_seconds",
        &["pipeline", "exporter"],
        "Age of the oldest request that is waiting.",
    ),
    gauge(
        "otelcol_exporter_queue_size",
        &["exporter", "data_type"],
        "What is waiting, in the unit of the queue's sizer.",
    ),
    gauge("otelcol_exporter_queue_capacity", &["exporter", "data_type"], "What may wait, in the same unit."),
    gauge("weir_journal_requests", &["pipeline"], "Requests that some exporter still needs."),
    gauge(
        "weir_journal_bytes",
        &["pipeline"],
        "What these requests take: memory, or with storage bytes of files.",
    ),
    gauge("weir_journal_capacity_bytes", &["pipeline"], "What they may take at most."),
    gauge(
        "weir_journal_state",
        &["pipeline"],
        "A journal on disk: 0 healthy, 1 the disk is full, 2 the disk fails. Above 0 nothing is taken.",
    ),
    gauge("weir_journal_segments", &["pipeline"], "Files of a journal on disk."),
    gauge(
        "weir_journal_memory_bytes",
        &["pipeline"],
        "Memory that a journal on disk takes for recent requests.",
    ),
    counter("weir_journal_fsyncs", &["pipeline"], "Calls of fdatasync, each for a group of requests."),
    gauge("weir_journal_fsync_seconds", &["pipeline"], "Time spent in fdatasync since the start."),
    gauge("weir_journal_fsync_max_seconds", &["pipeline"], "The longest fdatasync since the start."),
    counter(
        "weir_journal_corrupt_bytes",
        &["pipeline"],
        "Bytes that were not what was written, set aside in the journal's quarantine.",
    ),
    counter("weir_journal_read_errors", &["pipeline"], "Reads that failed and are tried again."),
    gauge("weir_memory_used_bytes", &[], "Bytes of admitted requests, all pipelines together."),
    gauge("weir_memory_budget_bytes", &[], "What they may be at most: service.memory.budget."),
    gauge("otelcol_process_uptime", &[], "Seconds since the start."),
    gauge("otelcol_process_cpu_seconds", &[], "User and system time, in seconds."),
    gauge("otelcol_process_memory_rss", &[], "Resident memory in bytes."),
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
    labels: [Label; 2],
}

impl ReceiverMetrics {
    /// Registers the counters of a receiver.
    pub fn new(receiver: &ComponentId, transport: Transport) -> ReceiverMetrics {
        let labels = [
            Label::new("receiver", receiver.to_string()),
            Label::from_static_parts("transport", transport.as_str()),
        ];
        let counters = |what: &str| {
            [Signal::Logs, Signal::Traces, Signal::Metrics].map(|signal| {
                let name = format!("otelcol_receiver_{what}_{}", records_name(signal));
                metrics::counter!(name, labels.to_vec())
            })
        };
        ReceiverMetrics {
            accepted: counters("accepted"),
            refused: counters("refused"),
            failed: counters("failed"),
            labels,
        }
    }

    /// A request was refused with a gRPC status code, by its name.
    pub fn refused_request(&self, code: &'static str) {
        let [receiver, transport] = self.labels.clone();
        let labels = vec![receiver, transport, Label::from_static_parts("code", code)];
        metrics::counter!("weir_receiver_refused_requests", labels).increment(1);
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
