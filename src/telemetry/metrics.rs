//! weir's own metrics as Prometheus text, with the Collector's names where it has them.

use crate::service::pipeline::Pipeline;
use component::{Budget, telemetry};
use journal::{CursorSnapshot, Health, Snapshot, Status};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use parking_lot::Mutex;
use pdata::Signal;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Everything a scrape shows.
pub struct Metrics {
    recorder: PrometheusHandle,
    started: Instant,
    /// Known once the pipelines are built, which register counters themselves.
    sources: OnceLock<Sources>,
    /// One page at a time: two would mix what they read, and the accounts of neither would balance.
    page: Mutex<()>,
}

/// What is read at scrape time rather than counted along the way.
pub struct Sources {
    /// Whose journals hold the accounting.
    pub pipelines: Vec<Arc<Pipeline>>,
    /// The bytes of all of them.
    pub budget: Arc<Budget>,
}

impl Metrics {
    /// Starts counting. To be called before anything registers a counter; the first call wins.
    pub fn install() -> Result<Arc<Metrics>, String> {
        let recorder = PrometheusBuilder::new().install_recorder().map_err(|error| error.to_string())?;
        for metric in telemetry::ALL {
            describe(metric);
        }
        Ok(Arc::new(Metrics {
            recorder,
            started: Instant::now(),
            sources: OnceLock::new(),
            page: Mutex::default(),
        }))
    }

    /// Says where to read the accounting.
    pub fn watch(&self, sources: Sources) {
        let _ = self.sources.set(sources);
    }

    /// The page of this moment.
    pub fn render(&self) -> String {
        let _page = self.page.lock();
        if let Some(sources) = self.sources.get() {
            metrics::gauge!("weir_memory_used_bytes").set(sources.budget.used() as f64);
            metrics::gauge!("weir_memory_budget_bytes").set(sources.budget.limit() as f64);
            // An exporter's queue is what waits for it in the journals of all its pipelines.
            let mut queues = BTreeMap::new();
            for pipeline in &sources.pipelines {
                show_journal(pipeline, &pipeline.journal.snapshot(), &mut queues);
            }
            show_queues(&queues);
        }
        show_process(self.started);
        self.recorder.run_upkeep();
        self.recorder.render()
    }
}

fn describe(metric: &telemetry::Metric) {
    for name in metric.names() {
        match metric.kind {
            "gauge" => metrics::describe_gauge!(name, metric.help),
            "histogram" => metrics::describe_histogram!(name, metric.help),
            _ => metrics::describe_counter!(name, metric.help),
        }
    }
}

/// Size and capacity by exporter and signal, as the Collector labels them.
type Queues = BTreeMap<(Arc<str>, Signal), (u64, u64)>;

fn show_queues(queues: &Queues) {
    for ((exporter, signal), (size, capacity)) in queues {
        let labels = [("exporter", exporter.to_string()), ("data_type", signal.as_str().to_owned())];
        metrics::gauge!("otelcol_exporter_queue_size", &labels).set(*size as f64);
        metrics::gauge!("otelcol_exporter_queue_capacity", &labels).set(*capacity as f64);
    }
}

fn show_journal(pipeline: &Pipeline, snapshot: &Snapshot, queues: &mut Queues) {
    let id = pipeline.id.clone();
    metrics::gauge!("weir_journal_requests", "pipeline" => id.clone()).set(snapshot.requests as f64);
    metrics::gauge!("weir_journal_bytes", "pipeline" => id.clone()).set(snapshot.bytes as f64);
    metrics::gauge!("weir_journal_capacity_bytes", "pipeline" => id).set(snapshot.max_bytes as f64);
    if pipeline.storage.is_some() {
        show_storage(&pipeline.id, &pipeline.journal.status());
    }
    for cursor in &snapshot.cursors {
        show_cursor(pipeline, cursor);
        let queue = queues.entry((Arc::clone(&cursor.name), pipeline.signal)).or_default();
        *queue = (queue.0 + cursor.queue_size, queue.1 + cursor.queue_capacity);
    }
}

/// What a journal on disk tells of it.
fn show_storage(pipeline: &str, status: &Status) {
    let labels = [("pipeline", pipeline.to_owned())];
    let state = match status.health {
        Health::Healthy => 0.0,
        Health::DiskFull => 1.0,
        Health::Failed(_) => 2.0,
    };
    metrics::gauge!("weir_journal_state", &labels).set(state);
    metrics::gauge!("weir_journal_segments", &labels).set(status.segments as f64);
    metrics::gauge!("weir_journal_memory_bytes", &labels).set(status.memory_bytes as f64);
    metrics::counter!("weir_journal_fsyncs", &labels).absolute(status.fsyncs);
    metrics::gauge!("weir_journal_fsync_seconds", &labels).set(status.fsync_time.as_secs_f64());
    metrics::gauge!("weir_journal_fsync_max_seconds", &labels).set(status.fsync_max.as_secs_f64());
    metrics::counter!("weir_journal_corrupt_bytes", &labels).absolute(status.corrupt_bytes);
    metrics::counter!("weir_journal_read_errors", &labels).absolute(status.read_errors);
}

/// One exporter's side of the identity `accepted = delivered + dead-lettered + dropped + waiting`, all
/// read under one lock.
fn show_cursor(pipeline: &Pipeline, cursor: &CursorSnapshot) {
    let labels = [("pipeline", pipeline.id.clone()), ("exporter", cursor.name.to_string())];
    metrics::counter!("weir_exporter_accepted_records", &labels).absolute(cursor.accepted);
    metrics::counter!("weir_exporter_delivered_records", &labels).absolute(cursor.delivered);
    metrics::counter!("weir_exporter_dead_lettered_records", &labels).absolute(cursor.dead_lettered);
    for (reason, records) in cursor.dropped {
        let [pipeline, exporter] = labels.clone();
        let labels = [pipeline, exporter, ("reason", reason.as_str().to_owned())];
        metrics::counter!("weir_exporter_dropped_records", &labels).absolute(records);
    }
    metrics::gauge!("weir_exporter_waiting_records", &labels).set(cursor.waiting as f64);
    metrics::gauge!("weir_exporter_waiting_bytes", &labels).set(cursor.waiting_bytes as f64);
    let now = component::unix_nanos(std::time::SystemTime::now());
    let age = cursor.oldest_unix_nano.map_or(0, |oldest| now.saturating_sub(oldest));
    metrics::gauge!("weir_exporter_oldest_seconds", &labels).set(age as f64 / 1e9);
}

fn show_process(started: Instant) {
    metrics::gauge!("otelcol_process_uptime").set(started.elapsed().as_secs_f64());
    if let Some(rss) = resident_bytes() {
        metrics::gauge!("otelcol_process_memory_rss").set(rss as f64);
    }
    if let Some(seconds) = cpu_seconds() {
        metrics::gauge!("otelcol_process_cpu_seconds").set(seconds);
    }
}

/// Resident memory, by `/proc/self/statm`, whose second number counts pages.
fn resident_bytes() -> Option<u64> {
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<u64>().ok()? * PAGE)
}

/// User and system time, by `/proc/self/stat`: the 14th and 15th field, in ticks of which Linux has 100 a second.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let user: f64 = fields.nth(11)?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}
