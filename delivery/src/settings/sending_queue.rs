//! `sending_queue`

use component::ComponentId;
use component::settings::{Duration, Problem, Validate};
use journal::{LagLimit, Portion, Sizer};
use serde::{Deserialize, Serialize};

/// What may wait for the exporter and how it leaves. The queue itself is the pipeline's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SendingQueue {
    /// Only `true`: there always is a queue, the pipeline's journal.
    pub enabled: bool,
    /// The unit of `queue_size`. Unset: `requests`.
    pub sizer: Option<Sizer>,
    /// How much may wait for this exporter before its pipeline is full. Unset: as much as the
    /// pipeline's journal holds, in bytes. (The Collector's default is 1000 requests, whatever their size.)
    pub queue_size: Option<u64>,
    /// A `file_storage` extension: every pipeline with this exporter keeps its journal there, for all of its
    /// exporters. Unset: in memory, unless the pipeline or another of its exporters names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<ComponentId>,
    /// Batches on their way to the destination at once.
    pub num_consumers: u32,
    /// Only `false`: the pipeline's `on_full` says what happens when there is no room.
    pub block_on_overflow: bool,
    /// Only `false`: the pipeline's `ack` says when the sender is answered.
    pub wait_for_result: bool,
    /// How requests are joined before they are sent.
    pub batch: Batching,
}

/// Joining requests to batches. On by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Batching {
    /// Join requests. Without it, every request is sent by itself.
    pub enabled: bool,
    /// How long the first request of a batch waits for others.
    pub flush_timeout: Duration,
    /// Send as soon as there is so much. A batch that is counted in items is also sent at 4 MiB, the
    /// most that a gRPC server takes by default.
    pub min_size: u64,
    /// Split what is larger. 0: split only what the destination says is too large.
    pub max_size: u64,
    /// The unit of `min_size` and `max_size`. Unset: the queue's own if that is one of these, else `items`.
    #[schemars(extend("enum" = ["items", "bytes", null]))]
    pub sizer: Option<Sizer>,
}

impl Default for SendingQueue {
    fn default() -> SendingQueue {
        SendingQueue {
            enabled: true,
            sizer: None,
            queue_size: None,
            storage: None,
            num_consumers: 10,
            block_on_overflow: false,
            wait_for_result: false,
            batch: Batching::default(),
        }
    }
}

impl Default for Batching {
    fn default() -> Batching {
        Batching {
            enabled: true,
            flush_timeout: Duration::millis(200),
            min_size: 8192,
            max_size: 0,
            sizer: None,
        }
    }
}

impl SendingQueue {
    /// Where a batch is full whatever its records: keeps memory flat, and it is the largest message
    /// that a gRPC server takes unless told otherwise.
    const BATCH_BYTES: u64 = 4 << 20;

    /// How far the exporter's cursor may lag; `None` for as far as the journal reaches.
    pub fn lag_limit(&self) -> Option<LagLimit> {
        self.queue_size.map(|size| LagLimit { sizer: self.sizer.unwrap_or_default(), size })
    }

    /// The unit of the batch's sizes.
    fn batch_sizer(&self) -> Sizer {
        self.batch.sizer.or(self.sizer.filter(|sizer| *sizer != Sizer::Requests)).unwrap_or(Sizer::Items)
    }

    /// What to read for one batch.
    pub(crate) fn portion(&self) -> Portion {
        let Batching { enabled, min_size, max_size, .. } = self.batch;
        let most = Some(max_size).filter(|size| *size > 0);
        let enough = min_size.max(1);
        match self.batch_sizer() {
            _ if !enabled => Portion::ONE,
            Sizer::Bytes => Portion {
                records: u64::MAX,
                bytes: enough,
                max_records: u64::MAX,
                max_bytes: most.unwrap_or(enough.max(SendingQueue::BATCH_BYTES)),
            },
            Sizer::Items | Sizer::Requests => Portion {
                records: enough,
                bytes: SendingQueue::BATCH_BYTES,
                max_records: most.unwrap_or(u64::MAX),
                max_bytes: SendingQueue::BATCH_BYTES,
            },
        }
    }

    /// What one request may be at most, where the operator said so.
    pub(crate) fn split_above(&self) -> SplitAbove {
        let max_size = if self.batch.enabled { self.batch.max_size } else { 0 };
        match self.batch_sizer() {
            Sizer::Bytes => SplitAbove { records: 0, bytes: usize::try_from(max_size).unwrap_or(0) },
            _ => SplitAbove { records: u32::try_from(max_size).unwrap_or(0), bytes: 0 },
        }
    }
}

/// Sizes above which a request is split before it is sent; 0 for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SplitAbove {
    pub(crate) records: u32,
    pub(crate) bytes: usize,
}

impl Validate for SendingQueue {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: &str| problems.push(Problem::at(key, message));
        if !self.enabled {
            wrong(
                "enabled",
                "weir always queues, in the pipeline's journal; remove this key. To answer the sender \
                 only when the data is delivered, set `ack: delivered` in the pipeline; to send every \
                 request by itself, set `batch: {enabled: false}` here",
            );
        }
        if self.num_consumers == 0 {
            wrong("num_consumers", "`num_consumers` must be positive");
        }
        if self.queue_size == Some(0) {
            wrong("queue_size", "`queue_size` must be positive");
        }
        if self.block_on_overflow {
            wrong(
                "block_on_overflow",
                "weir has one queue a pipeline; remove this key and set `on_full: block` in the pipeline",
            );
        }
        if self.wait_for_result {
            wrong("wait_for_result", "remove this key and set `ack: delivered` in the pipeline");
        }
        if self.batch.enabled {
            let same_unit = self.sizer.unwrap_or_default() == self.batch_sizer();
            if same_unit && self.queue_size.is_some_and(|size| size > 0 && self.batch.min_size > size) {
                wrong("batch.min_size", "`min_size` must be less than or equal to `queue_size`");
            }
        }
        problems.extend(self.batch.validate().into_iter().map(|problem| problem.under("batch")));
        problems
    }
}

impl Validate for Batching {
    fn validate(&self) -> Vec<Problem> {
        if !self.enabled {
            return Vec::new();
        }
        let mut problems = Vec::new();
        if self.sizer == Some(Sizer::Requests) {
            let message = "`batch` supports only `items` or `bytes` sizer, found \"requests\"";
            problems.push(Problem::at("sizer", message));
        }
        if self.flush_timeout.is_zero() {
            let message = format!("`flush_timeout` must be positive, found {}", self.flush_timeout);
            problems.push(Problem::at("flush_timeout", message));
        }
        if self.max_size > 0 && self.max_size < self.min_size {
            let Batching { min_size, max_size, .. } = self;
            let message =
                format!("`max_size` ({max_size}) must be greater or equal to `min_size` ({min_size})");
            problems.push(Problem::at("max_size", message));
        }
        problems
    }
}
