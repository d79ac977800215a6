//! Answers that are written together.
//!
//! Requests of one connection are worked on side by side, and each that is done wakes the connection, which would
//! write its answer by itself: a system call and a woken client for a few bytes. So a connection that has something
//! to write lets the tasks that are ready run first, and then writes all that they answered.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose writes wait until the tasks have run that are ready.
#[derive(Debug)]
pub struct Corked<S> {
    stream: S,
    /// Whether what is to be written has waited.
    waited: bool,
}

impl<S> Corked<S> {
    /// The same stream, corked.
    pub fn new(stream: S) -> Corked<S> {
        Corked { stream, waited: false }
    }

    /// Ready when it is asked again: a task that wakes itself gets in line behind those that are ready.
    fn wait(&mut self, cx: &Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Corked<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Corked<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        ready!(self.wait(cx));
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        ready!(self.wait(cx));
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Asked for once all is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.waited = false;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::sync::Notify;

    /// Keeps what each call wrote.
    #[derive(Default)]
    struct Writes(Vec<Vec<u8>>);

    impl AsyncWrite for Writes {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
            self.0.push(buf.to_vec());
            Poll::Ready(Ok(buf.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_ready_tasks_answer_is_written_at_once() {
        let (answers, done) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
        let mut stream = Corked::new(Writes::default());
        for round in 0..2 {
            for task in 0..3 {
                let (answers, done) = (Arc::clone(&answers), Arc::clone(&done));
                tokio::spawn(async move {
                    answers.lock().unwrap().push(10 * round + task);
                    done.notify_one();
                });
            }
            // A connection: it writes whatever was answered when it gets to write.
            done.notified().await;
            let write = |cx: &mut Context<'_>| Pin::new(&mut stream).poll_write(cx, &answers.lock().unwrap());
            let written = std::future::poll_fn(write).await.unwrap();
            answers.lock().unwrap().drain(..written);
            std::future::poll_fn(|cx| Pin::new(&mut stream).poll_flush(cx)).await.unwrap();
        }
        assert_eq!(stream.stream.0, [[0, 1, 2], [10, 11, 12]]);
    }
}
