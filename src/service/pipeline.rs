//! The request path: what happens to a request between its receiver and its acknowledgement.

use component::{Accepted, Budget, ComponentId, Consumer, Context, Permit, Processor, Refusal};
use journal::{Frame, Journal, NotTaken, Receipt, Settlement, Unsettled, Watermark};
use metrics::Counter;
use pdata::{Limits, Request, Signal};
use std::path::PathBuf;
use std::sync::Arc;

/// One pipeline's processors and its journal.
pub struct Pipeline {
    /// `signal[/name]`, as the configuration writes it.
    pub id: String,
    /// What it carries.
    pub signal: Signal,
    /// In the order they run.
    pub stages: Vec<Stage>,
    /// The only queue, read by every exporter.
    pub journal: Arc<Journal>,
    /// The journal's directory; none if it is in memory.
    pub storage: Option<PathBuf>,
    /// When the sender is answered.
    pub ack: Watermark,
}

/// A processor and what it counts.
pub struct Stage {
    processor: Box<dyn Processor>,
    incoming: Counter,
    outgoing: Counter,
}

impl Stage {
    /// A processor with the Collector's counters.
    pub fn new(id: &ComponentId, signal: Signal, processor: Box<dyn Processor>) -> Stage {
        let counter = |name: &'static str| {
            let labels = [("processor", id.to_string()), ("otel_signal", signal.as_str().to_owned())];
            metrics::counter!(name, &labels)
        };
        let incoming = counter("otelcol_processor_incoming_items");
        let outgoing = counter("otelcol_processor_outgoing_items");
        Stage { processor, incoming, outgoing }
    }

    fn run(&self, request: Request, context: &Context) -> Result<Request, Refusal> {
        self.incoming.increment(request.records().into());
        let request = self.processor.process(request, context)?;
        self.outgoing.increment(request.records().into());
        Ok(request)
    }
}

impl Pipeline {
    fn process(&self, request: Request, context: &Context) -> Result<Request, Refusal> {
        self.stages.iter().try_fold(request, |request, stage| stage.run(request, context))
    }

    async fn append(&self, frame: Frame) -> Result<Receipt, Refusal> {
        self.journal.append(frame, self.ack).await.map_err(refusal)
    }
}

fn refusal(not_taken: NotTaken) -> Refusal {
    match not_taken {
        NotTaken::Full => Refusal::Overloaded { retry_after: Permit::RETRY_AFTER },
        NotTaken::TooLarge { limit, .. } => {
            Refusal::TooLarge { limit: usize::try_from(limit).unwrap_or(usize::MAX) }
        }
        NotTaken::DiskFull => DISK_FULL,
        NotTaken::StorageFailed => DISK_FAILED,
        NotTaken::Closed => STOPPING,
    }
}

/// The answer to whoever comes while the agent stops: the next one, or this one restarted, will take it.
const STOPPING: Refusal =
    Refusal::Unavailable { reason: "the agent is stopping", retry_after: Permit::RETRY_AFTER };

const DISK_FULL: Refusal =
    Refusal::Unavailable { reason: "the journal's disk is full", retry_after: Permit::RETRY_AFTER };

const DISK_FAILED: Refusal =
    Refusal::Unavailable { reason: "the journal's disk failed", retry_after: Permit::RETRY_AFTER };

/// The pipelines behind one receiver.
pub struct Entry {
    pipelines: Vec<Arc<Pipeline>>,
    budget: Arc<Budget>,
    limits: Limits,
}

impl Entry {
    /// Bytes that processing one record may take beside its own, while it lasts: the edits, and the
    /// fields that they add. An empty record is two bytes of OTLP, so that without this a request of
    /// 2 MiB would take hundreds. Measured with `security_event`, the processor that adds most.
    const RECORD_WORKSPACE: usize = 768;

    /// An entry to `pipelines`.
    pub fn new(pipelines: Vec<Arc<Pipeline>>, budget: Arc<Budget>, limits: Limits) -> Entry {
        Entry { pipelines, budget, limits }
    }

    /// Takes what processing may need besides the request's own bytes.
    fn workspace(&self, records: u32) -> Result<Permit, Refusal> {
        let bytes = (records as usize).saturating_mul(Entry::RECORD_WORKSPACE);
        match self.budget.limit() {
            // It would be refused for ever.
            limit if bytes > limit => Err(Refusal::TooLarge { limit }),
            _ => self.budget.admit(bytes),
        }
    }

    /// All are processed before any takes it: what one of them refuses, none has.
    fn process(&self, request: &Request, context: &Context, permit: Permit) -> Result<Frames<'_>, Refusal> {
        let permit = Arc::new(permit);
        let mut frames = Vec::with_capacity(1);
        for pipeline in self.of(request.signal()) {
            let request = pipeline.process(request.clone(), context)?;
            let frame = Frame { request, context: context.clone(), permit: Arc::clone(&permit) };
            frames.push((pipeline, frame));
        }
        Ok(frames)
    }

    /// Takes over a request that is inside the agent already, from another pipeline.
    pub async fn take_over(&self, request: &Request, context: &Context) -> Result<Receipts, Refusal> {
        if self.of(request.signal()).any(|pipeline| pipeline.journal.is_full()) {
            return Err(Refusal::Overloaded { retry_after: Permit::RETRY_AFTER });
        }
        let permit = self.budget.carry(request.bytes().len());
        append(self.process(request, context, permit)?).await
    }

    fn of(&self, signal: Signal) -> impl Iterator<Item = &Arc<Pipeline>> {
        self.pipelines.iter().filter(move |pipeline| pipeline.signal == signal)
    }
}

impl Consumer for Entry {
    fn takes(&self, signal: Signal) -> bool {
        self.of(signal).next().is_some()
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn admit(&self, signal: Signal, bytes: usize) -> Result<Permit, Refusal> {
        // With several pipelines the request goes to all or to none: one that is full refuses for all.
        match self.of(signal).any(|pipeline| pipeline.journal.is_full()) {
            true => Err(Refusal::Overloaded { retry_after: Permit::RETRY_AFTER }),
            false => self.budget.admit(bytes),
        }
    }

    async fn consume(&self, request: Request, context: Context, permit: Permit) -> Result<Accepted, Refusal> {
        let workspace = self.workspace(request.records())?;
        let frames = self.process(&request, &context, permit)?;
        drop(workspace);
        append(frames).await?.reached().await
    }
}

/// What the pipelines of an entry made of one request.
type Frames<'e> = Vec<(&'e Arc<Pipeline>, Frame)>;

/// All have room before any takes it: who is refused, or gives up waiting, comes again, and what one of
/// several had taken already it would have once more each time.
async fn append(frames: Frames<'_>) -> Result<Receipts, Refusal> {
    if frames.len() > 1 {
        for (pipeline, frame) in &frames {
            pipeline.journal.room_for(frame).await.map_err(refusal)?;
        }
    }
    let mut receipts = Vec::with_capacity(frames.len());
    for (pipeline, frame) in frames {
        receipts.push(pipeline.append(frame).await?);
    }
    Ok(Receipts(receipts))
}

/// What every pipeline's journal gave for one request.
pub struct Receipts(Vec<Receipt>);

impl Receipts {
    /// Waits until the request has passed the watermark that its pipelines ask for.
    pub async fn reached(self) -> Result<Accepted, Refusal> {
        let mut accepted = Accepted::default();
        for receipt in self.0 {
            let settlement = receipt.reached().await.map_err(|unsettled| match unsettled {
                Unsettled::Stopped => STOPPING,
                Unsettled::DiskFull => DISK_FULL,
                Unsettled::StorageFailed => DISK_FAILED,
            })?;
            add(&mut accepted, settlement)?;
        }
        Ok(accepted)
    }
}

/// What the sender is told of records that did not arrive, where its pipeline waits for that.
fn add(accepted: &mut Accepted, settlement: Settlement) -> Result<(), Refusal> {
    if settlement.dropped > 0 {
        // Gone without a verdict: the sender still has the data and may try again.
        return Err(Refusal::Unavailable {
            reason: "the pipeline dropped the request before it was delivered",
            retry_after: Permit::RETRY_AFTER,
        });
    }
    accepted.rejected = accepted.rejected.max(settlement.rejected);
    if let Some(reason) = settlement.reason {
        accepted.message = format!("a destination rejected records: {reason}");
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use journal::{OnFull, Settings};
    use std::time::Duration;
    use tokio::time::timeout;

    /// One log record, empty.
    const RECORD: &[u8] = b"\x0a\x04\x12\x02\x12\x00";

    struct Refuse;

    impl Processor for Refuse {
        fn process(&self, _: Request, _: &Context) -> Result<Request, Refusal> {
            Err(Refusal::Internal("refused"))
        }
    }

    fn pipeline(stages: Vec<Stage>) -> Arc<Pipeline> {
        pipeline_with(stages, Settings::default())
    }

    fn pipeline_with(stages: Vec<Stage>, settings: Settings) -> Arc<Pipeline> {
        let journal = Journal::memory(settings);
        Arc::new(Pipeline {
            id: "logs".into(),
            signal: Signal::Logs,
            stages,
            journal,
            storage: None,
            ack: Watermark::Received,
        })
    }

    fn request() -> Request {
        Request::validate(Signal::Logs, Bytes::from_static(RECORD), &Limits::default()).unwrap()
    }

    #[tokio::test]
    async fn what_one_pipeline_refuses_none_has() {
        let id = ComponentId::parse("refuse").unwrap();
        let first = pipeline(Vec::new());
        let cursor = first.journal.cursor("sink", true, None);
        let second = pipeline(vec![Stage::new(&id, Signal::Logs, Box::new(Refuse))]);
        let budget = Budget::new(1000);
        let entry = Entry::new(vec![Arc::clone(&first), second], Arc::clone(&budget), Limits::default());
        let permit = entry.admit(Signal::Logs, 6).unwrap();
        assert!(entry.consume(request(), Context::now(None), permit).await.is_err());
        assert_eq!(cursor.waiting(), 0);
        assert_eq!(budget.used(), 0, "a refused request gives its bytes back");
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_pipeline_has_no_room_for_none_has_however_often_it_comes_again() {
        let room_for_one = 6 + Settings::OVERHEAD;
        for (on_full, max_bytes, first_time) in [
            (OnFull::Refuse, room_for_one, true),
            (OnFull::Block, room_for_one, true),
            (OnFull::Refuse, room_for_one - 1, false),
        ] {
            let roomy = pipeline(Vec::new());
            let narrow = pipeline_with(Vec::new(), Settings { max_bytes, on_full });
            let first = roomy.journal.cursor("sink", true, None);
            let mut second = narrow.journal.cursor("sink", true, None);
            let budget = Budget::new(100_000);
            let entry = Entry::new(vec![roomy, narrow], Arc::clone(&budget), Limits::default());
            let send = || async {
                let permit = entry.budget.admit(6).unwrap();
                let sent = entry.consume(request(), Context::now(None), permit);
                timeout(Duration::from_secs(1), sent).await.is_ok_and(|it| it.is_ok())
            };
            assert_eq!(send().await, first_time);
            for _ in 0..3 {
                assert!(!send().await);
            }
            assert_eq!(first.waiting(), u64::from(first_time), "{on_full:?}");
            if on_full == OnFull::Block {
                // Those that gave up have not taken the turn of this one with them.
                let (taken, settler) = (second.next().await, second.settler());
                let settle = async { settler.settle(taken.seq, journal::Settled::Delivered(1)) };
                let (sent, ()) = tokio::join!(send(), settle);
                assert!(sent);
                assert_eq!((first.waiting(), second.waiting()), (2, 1));
            }
        }
    }

    #[tokio::test]
    async fn a_request_keeps_its_bytes_of_the_budget_until_every_pipeline_let_go_of_it() {
        let pipelines = vec![pipeline(Vec::new()), pipeline(Vec::new())];
        let mut cursors: Vec<_> =
            pipelines.iter().map(|pipeline| pipeline.journal.cursor("sink", true, None)).collect();
        let budget = Budget::new(1000);
        let entry = Entry::new(pipelines, Arc::clone(&budget), Limits::default());
        let permit = entry.admit(Signal::Logs, 6).unwrap();
        assert_eq!(entry.consume(request(), Context::now(None), permit).await, Ok(Accepted::default()));
        for cursor in &mut cursors {
            assert_eq!(budget.used(), 6);
            let taken = cursor.next().await;
            cursor.settler().settle(taken.seq, journal::Settled::Delivered(1));
        }
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn records_need_room_to_be_processed_in_and_give_it_back() {
        let first = pipeline(Vec::new());
        let _cursor = first.journal.cursor("sink", true, None);
        let records: Vec<u8> = RECORD.repeat(3);
        let request = Request::validate(Signal::Logs, Bytes::from(records), &Limits::default()).unwrap();
        for (limit, taken) in [(2 * Entry::RECORD_WORKSPACE, false), (4 * Entry::RECORD_WORKSPACE, true)] {
            let budget = Budget::new(limit);
            let entry = Entry::new(vec![Arc::clone(&first)], Arc::clone(&budget), Limits::default());
            let permit = entry.admit(Signal::Logs, 18).unwrap();
            let answer = entry.consume(request.clone(), Context::now(None), permit).await;
            assert_eq!(
                answer,
                if taken { Ok(Accepted::default()) } else { Err(Refusal::TooLarge { limit }) }
            );
            assert_eq!(budget.used(), if taken { 18 } else { 0 });
        }
    }
}
