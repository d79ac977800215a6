//! Telling the delivery loops to drain and by when.

use tokio::sync::watch;
use tokio::time::Instant;

/// The side that stops. Dropping it stops at once.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<Instant>>);

/// The side that is stopped.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<Instant>>);

impl Stopper {
    /// A pair; the receiving side is cloned for every loop.
    pub fn new() -> (Stopper, Stop) {
        let (sender, receiver) = watch::channel(None);
        (Stopper(sender), Stop(receiver))
    }

    /// Deliver what is waiting, until `deadline`. May be said again, with another deadline.
    pub fn drain_by(&self, deadline: Instant) {
        self.0.send_replace(Some(deadline));
    }
}

impl Stop {
    /// Until draining begins.
    pub async fn begun(&mut self) {
        // An error says that the stopper is gone, which means the same.
        let _ = self.0.wait_for(Option::is_some).await;
    }

    /// Until the time for draining is over.
    pub async fn over(&mut self) {
        self.begun().await;
        loop {
            let Some(deadline) = *self.0.borrow_and_update() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => return,
                changed = self.0.changed() => if changed.is_err() { return },
            }
        }
    }
}
