//! `file`: JSON lines in a file.
//!
//! One thread a file does everything that blocks. Batches that wait for it together are written one by
//! one and share one fsync. A batch is answered when it is in the file as the `fsync` key asks for.

mod appender;
mod backups;
mod config;
mod disk;
mod leftover;
mod tail;

pub use config::{Config, Format, Fsync, Rotation};

use crate::buffers::Buffers;
use crate::compression::Compression;
use crate::event_json::EventJson;
use appender::Appender;
use bytes::Bytes;
use component::{Batch, BuildError, ComponentId, Exporter, Outcome, Reason};
use jiff::Timestamp;
use pdata::Signal;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Batches that may wait for the thread: enough for one fsync to serve every sender of the delivery loop.
const WAITING: usize = 16;

/// A thread that had nothing to do for so long gives memory back.
const IDLE: Duration = Duration::from_secs(1);

/// See [`Config`].
pub struct File {
    format: Option<Format>,
    compression: Compression,
    events: EventJson,
    buffers: Buffers,
    writer: Sender<Message>,
    room: Arc<Semaphore>,
}

enum Message {
    Append(Append),
    /// Make everything durable, answer and end.
    Close(oneshot::Sender<()>),
}

struct Append {
    lines: Bytes,
    /// Closed when the attempt was given up.
    answer: oneshot::Sender<io::Result<()>>,
    /// Given back when the thread is through with it, also if nobody waits any more: a disk that hangs
    /// does not pile up attempts.
    _room: OwnedSemaphorePermit,
}

impl File {
    /// Opens the file and starts its thread.
    pub fn new(id: &ComponentId, config: Config) -> Result<File, BuildError> {
        let cannot = |error: io::Error| {
            BuildError(format!("{id}: cannot write to {}: {error}", config.path.display()))
        };
        let appender = Appender::open(&config, Timestamp::now()).map_err(cannot)?;
        let (writer, messages) = channel();
        let buffers = Buffers::keeping(WAITING);
        let thread = Writer {
            id: id.clone(),
            appender,
            buffers: buffers.clone(),
            fsync: config.fsync,
            interval: *config.fsync_interval,
            next_sync: None,
        };
        std::thread::Builder::new()
            .name("file-exporter".to_owned())
            .spawn(move || thread.run(&messages))
            .map_err(cannot)?;
        Ok(File {
            format: config.format,
            compression: config.compression,
            events: EventJson::default(),
            buffers,
            writer,
            room: Arc::new(Semaphore::new(WAITING)),
        })
    }

    async fn append(&self, lines: Bytes) -> Result<io::Result<()>, Reason> {
        const GONE: Reason = Reason::of("the file's writer thread has ended; restart the agent");
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| GONE)?;
        let (answer, answered) = oneshot::channel();
        self.writer.send(Message::Append(Append { lines, answer, _room: room })).map_err(|_| GONE)?;
        answered.await.map_err(|_| GONE)
    }
}

impl Exporter for File {
    /// Whole lines; one member or frame of them where the file is compressed.
    type Payload = Bytes;

    fn encode(&self, batch: &Batch) -> Result<Bytes, Reason> {
        let event_json = match (self.format, batch.signal()) {
            (Some(Format::EventJson) | None, Signal::Logs) => true,
            (Some(Format::OtlpJson) | None, _) => false,
            (Some(Format::EventJson), _) => {
                return Err(Reason::of("format event_json is for logs; remove the key or set otlp_json"));
            }
        };
        let mut lines = self.buffers.take();
        lines.reserve(batch.size() * 2);
        if event_json {
            self.events.write_lines(batch, &mut lines);
        } else {
            for request in batch.requests() {
                pdata::json::encode(batch.signal(), std::slice::from_ref(request), &mut lines);
                lines.push(b'\n');
            }
        }
        let lines = self.buffers.lend(lines);
        match self.compression {
            Compression::None => Ok(lines),
            compression => compression
                .pack(b"", [lines].iter())
                .map(Bytes::from)
                .map_err(|_| Reason::of("compression failed")),
        }
    }

    async fn export(&self, lines: &Bytes) -> Outcome {
        let reason = match self.append(lines.clone()).await {
            Ok(Ok(())) => return Outcome::Delivered,
            Ok(Err(error)) => Reason::new(format!("cannot write: {}", error.kind())),
            Err(reason) => reason,
        };
        Outcome::Retry { after: None, reason }
    }

    async fn shutdown(&self) {
        let (answer, closed) = oneshot::channel();
        // Either error means the thread has ended, and there is nothing left to wait for.
        if self.writer.send(Message::Close(answer)).is_ok() {
            let _ = closed.await;
        }
    }
}

/// What the thread owns.
struct Writer {
    id: ComponentId,
    appender: Appender,
    buffers: Buffers,
    fsync: Fsync,
    interval: Duration,
    /// When to sync next, while something waits for it.
    next_sync: Option<Instant>,
}

impl Writer {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut busy = false;
        loop {
            let first = match self.next_sync {
                Some(next) => messages.recv_timeout(next.saturating_duration_since(Instant::now())),
                None if busy => messages.recv_timeout(IDLE),
                None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            busy = first.is_ok();
            let closing = match first {
                Ok(first) => self.serve(std::iter::once(first).chain(messages.try_iter())),
                Err(RecvTimeoutError::Timeout) => {
                    self.buffers.clear();
                    None
                }
                // The exporter was dropped without a shutdown.
                Err(RecvTimeoutError::Disconnected) => Some(oneshot::channel().0),
            };
            let due = self.next_sync.is_some_and(|next| next <= Instant::now());
            if (due || closing.is_some()) && self.fsync != Fsync::Off {
                self.sync_later_batches();
            }
            if let Some(closing) = closing {
                // Lets go of the file before it says so, for the next one to open it.
                drop(self);
                let _ = closing.send(());
                return;
            }
        }
    }

    /// Appends what waits, syncs once, answers all.
    fn serve(&mut self, messages: impl Iterator<Item = Message>) -> Option<oneshot::Sender<()>> {
        let mut closing = None;
        let mut appended = Vec::new();
        // Bounded, so that those in front are not kept waiting by those that come in meanwhile.
        for message in messages.take(WAITING) {
            match message {
                Message::Close(answer) => closing = Some(answer),
                // Given up while it waited; it comes again.
                Message::Append(append) if append.answer.is_closed() => {}
                Message::Append(append) => match self.appender.append(&append.lines, Timestamp::now()) {
                    Ok(()) => appended.push(append),
                    Err(error) => drop(append.answer.send(Err(error))),
                },
            }
        }
        let synced = match self.fsync {
            Fsync::Always if !appended.is_empty() => self.appender.sync(),
            Fsync::Interval if !appended.is_empty() => {
                self.next_sync.get_or_insert_with(|| Instant::now() + self.interval);
                Ok(())
            }
            _ => Ok(()),
        };
        for append in appended {
            let result = synced.as_ref().copied().map_err(|error| io::Error::from(error.kind()));
            drop(append.answer.send(result));
        }
        closing
    }

    /// For batches that have been answered already: all that is left is to say so.
    fn sync_later_batches(&mut self) {
        self.next_sync = None;
        if let Err(error) = self.appender.sync() {
            tracing::error!(
                exporter = %self.id, %error,
                "fsync failed: lines of the last fsync_interval may be missing from the file"
            );
        }
    }
}

#[cfg(test)]
mod tests;
