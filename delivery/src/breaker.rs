//! The circuit breaker: leaves a destination alone that keeps failing.
//!
//! One task per exporter decides ([`Driver`]); its control flow is the state machine. Attempts ask
//! the gate for a [`Pass`] and report how they went.

use crate::backoff::Backoff;
use crate::settings::CircuitBreaker;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// What the breaker does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Every attempt goes through.
    Closed,
    /// One attempt at a time goes through, to find out.
    HalfOpen,
    /// None goes through, and nothing is read from the journal.
    Open,
}

/// What an attempt meets.
#[derive(Clone, Debug)]
struct Gate {
    state: BreakerState,
    /// Counts changes of state: reports from an earlier state say nothing about this one.
    epoch: u64,
    /// In half-open: who holds its only permit may probe. Closed when the state ends.
    probes: Arc<Semaphore>,
}

/// The attempts' side of the breaker.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    gate: watch::Receiver<Gate>,
    /// `None` where the breaker is off.
    reports: Option<mpsc::Sender<Report>>,
}

/// The leave to make one attempt. Dropped without a report, it says nothing.
#[derive(Debug)]
pub(crate) struct Pass {
    epoch: u64,
    probe: Option<OwnedSemaphorePermit>,
    reports: Option<mpsc::Sender<Report>>,
}

#[derive(Debug)]
struct Report {
    epoch: u64,
    result: Result<(), Failure>,
    /// Given back when the driver has decided, so that no second probe slips through before.
    _probe: Option<OwnedSemaphorePermit>,
}

/// The destination did not take what it should have taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    /// When it wants to be asked again.
    pub(crate) after: Option<Duration>,
}

/// The side that decides.
pub(crate) struct Driver<F> {
    settings: CircuitBreaker,
    gate: watch::Sender<Gate>,
    reports: mpsc::Receiver<Report>,
    on_change: F,
}

/// All attempts are gone, and the breaker with them.
struct Gone;

impl Breaker {
    /// A closed breaker and the task that drives it. `on_change` is told of every change.
    pub(crate) fn new<F>(settings: &CircuitBreaker, on_change: F) -> (Breaker, Driver<F>)
    where
        F: Fn(BreakerState) + Send,
    {
        let probes = Arc::new(Semaphore::new(0));
        let (gate, gate_seen) = watch::channel(Gate { state: BreakerState::Closed, epoch: 0, probes });
        let (report, reports) = mpsc::channel(64);
        let breaker = Breaker { gate: gate_seen, reports: settings.enabled.then_some(report) };
        (breaker, Driver { settings: settings.clone(), gate, reports, on_change })
    }

    pub(crate) fn state(&self) -> BreakerState {
        self.gate.borrow().state
    }

    /// Waits while it is open. Takes no pass: for those who read data that is to be attempted.
    pub(crate) async fn not_open(&self) {
        // An error says that the driver is gone: the agent stops, and nothing is held back.
        let _ = self.gate.clone().wait_for(|gate| gate.state != BreakerState::Open).await;
    }

    /// Waits for the leave to make one attempt.
    pub(crate) async fn pass(&self) -> Pass {
        let mut gate = self.gate.clone();
        loop {
            let Gate { state, epoch, probes } = gate.borrow_and_update().clone();
            let pass = |probe| Pass { epoch, probe, reports: self.reports.clone() };
            let left = match state {
                BreakerState::Closed => return pass(None),
                BreakerState::Open => gate.changed().await,
                // Fails when the half-open state ends; then the next state decides.
                BreakerState::HalfOpen => match probes.acquire_owned().await {
                    Ok(probe) => return pass(Some(probe)),
                    Err(_) => gate.changed().await,
                },
            };
            if left.is_err() {
                return pass(None);
            }
        }
    }
}

impl Pass {
    /// Says how the attempt went.
    pub(crate) async fn report(self, result: Result<(), Failure>) {
        if let Some(reports) = &self.reports {
            // An error says that the driver is gone.
            let _ = reports.send(Report { epoch: self.epoch, result, _probe: self.probe }).await;
        }
    }
}

impl<F: Fn(BreakerState) + Send> Driver<F> {
    /// Runs until every [`Breaker`] is gone.
    pub(crate) async fn run(mut self) {
        // `Gone` is the only way out, and not an error.
        let _ = self.cycle().await;
    }

    async fn cycle(&mut self) -> Result<(), Gone> {
        loop {
            let mut pause = self.closed().await?;
            loop {
                self.open(pause).await?;
                match self.half_open().await? {
                    Ok(()) => break,
                    Err(failed) => pause = self.pause(failed),
                }
            }
            self.enter(BreakerState::Closed, 0);
        }
    }

    /// Until too many attempts in a row have failed. Returns for how long to open.
    async fn closed(&mut self) -> Result<Duration, Gone> {
        let mut failures = 0;
        let mut pause = *self.settings.open_for;
        loop {
            match self.next().await?.result {
                Ok(()) => (failures, pause) = (0, *self.settings.open_for),
                Err(failed) => {
                    failures += 1;
                    pause = pause.max(self.pause(failed));
                }
            }
            if failures >= self.settings.failure_threshold {
                return Ok(pause);
            }
        }
    }

    /// Lets nothing through for a while.
    async fn open(&mut self, pause: Duration) -> Result<(), Gone> {
        self.enter(BreakerState::Open, 0);
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                // Attempts that began earlier; drained so that none of them waits to report.
                late = self.reports.recv() => drop(late.ok_or(Gone)?),
            }
        }
    }

    /// Lets one attempt at a time through until enough have succeeded or one has failed.
    async fn half_open(&mut self) -> Result<Result<(), Failure>, Gone> {
        self.enter(BreakerState::HalfOpen, 1);
        let mut successes = 0;
        loop {
            let report = self.next().await?;
            successes += 1;
            if report.result.is_err() || successes >= self.settings.success_threshold {
                // Closed before the report gives its permit back: nobody else may probe.
                self.gate.borrow().probes.close();
                return Ok(report.result);
            }
        }
    }

    /// The next report that belongs to the present state.
    async fn next(&mut self) -> Result<Report, Gone> {
        loop {
            let report = self.reports.recv().await.ok_or(Gone)?;
            if report.epoch == self.gate.borrow().epoch {
                return Ok(report);
            }
        }
    }

    fn pause(&self, failed: Failure) -> Duration {
        let asked = failed.after.unwrap_or_default().min(Backoff::MAX_RETRY_AFTER);
        (*self.settings.open_for).max(asked)
    }

    fn enter(&self, state: BreakerState, probes: usize) {
        self.gate.send_modify(|gate| {
            let epoch = gate.epoch + 1;
            *gate = Gate { state, epoch, probes: Arc::new(Semaphore::new(probes)) };
        });
        (self.on_change)(state);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::BreakerState::{Closed, HalfOpen, Open};
    use super::*;
    use component::settings;
    use futures_util::FutureExt;
    use parking_lot::Mutex;
    use tokio::task::yield_now;
    use tokio::time::advance;

    const FAILED: Result<(), Failure> = Err(Failure { after: None });

    struct Rig {
        breaker: Breaker,
        seen: Arc<Mutex<Vec<BreakerState>>>,
    }

    fn rig(success_threshold: u32) -> Rig {
        let settings = CircuitBreaker {
            failure_threshold: 3,
            open_for: settings::Duration::secs(10),
            success_threshold,
            ..CircuitBreaker::default()
        };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let states = Arc::clone(&seen);
        let (breaker, driver) = Breaker::new(&settings, move |state| states.lock().push(state));
        tokio::spawn(driver.run());
        Rig { breaker, seen }
    }

    impl Rig {
        async fn attempt(&self, result: Result<(), Failure>) {
            self.breaker.pass().await.report(result).await;
            yield_now().await;
        }

        async fn trip(&self) {
            for _ in 0..3 {
                self.attempt(FAILED).await;
            }
        }

        fn may_pass(&self) -> bool {
            self.breaker.pass().now_or_never().is_some()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_a_success_starts_the_count_anew() {
        let rig = rig(1);
        for result in [FAILED, FAILED, Ok(()), FAILED, FAILED] {
            rig.attempt(result).await;
            assert_eq!(rig.breaker.state(), Closed);
        }
        rig.attempt(FAILED).await;
        assert_eq!(rig.breaker.state(), Open);
        assert!(!rig.may_pass());
        assert!(rig.breaker.not_open().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_at_a_time_decides_whether_it_closes() {
        let rig = rig(1);
        rig.trip().await;
        advance(Duration::from_secs(10)).await;
        rig.breaker.not_open().await;
        let probe = rig.breaker.pass().await;
        assert!(!rig.may_pass(), "a second probe has to wait");
        probe.report(FAILED).await;
        yield_now().await;
        assert_eq!(rig.breaker.state(), Open);
        rig.breaker.not_open().await;
        rig.attempt(Ok(())).await;
        assert_eq!(*rig.seen.lock(), [Open, HalfOpen, Open, HalfOpen, Closed]);
        assert!(rig.may_pass());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_abandoned_lets_the_next_one_try() {
        let rig = rig(1);
        rig.trip().await;
        rig.breaker.not_open().await;
        drop(rig.breaker.pass().await);
        assert!(rig.may_pass());
    }

    #[tokio::test(start_paused = true)]
    async fn it_closes_after_as_many_successes_as_configured() {
        let rig = rig(2);
        rig.trip().await;
        rig.breaker.not_open().await;
        rig.attempt(Ok(())).await;
        assert_eq!(rig.breaker.state(), HalfOpen);
        rig.attempt(Ok(())).await;
        assert_eq!(rig.breaker.state(), Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn results_of_attempts_from_before_it_opened_do_not_count_as_probes() {
        let rig = rig(1);
        let (late_failure, late_success) = (rig.breaker.pass().await, rig.breaker.pass().await);
        rig.trip().await;
        late_success.report(Ok(())).await;
        yield_now().await;
        assert_eq!(rig.breaker.state(), Open);
        rig.breaker.not_open().await;
        late_failure.report(FAILED).await;
        yield_now().await;
        assert_eq!(rig.breaker.state(), HalfOpen);
    }

    #[tokio::test(start_paused = true)]
    async fn it_stays_open_for_as_long_as_the_destination_asks() {
        let rig = rig(1);
        rig.attempt(Err(Failure { after: Some(Duration::from_secs(60)) })).await;
        rig.attempt(FAILED).await;
        let began = Instant::now();
        rig.attempt(FAILED).await;
        rig.breaker.not_open().await;
        assert_eq!(began.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_attempts_go_through_one_by_one_and_all_once_it_closes() {
        let rig = rig(1);
        rig.trip().await;
        let passed = Arc::new(Mutex::new(0));
        for _ in 0..5 {
            let (breaker, passed) = (rig.breaker.clone(), Arc::clone(&passed));
            tokio::spawn(async move {
                let pass = breaker.pass().await;
                *passed.lock() += 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
                pass.report(Ok(())).await;
            });
        }
        rig.breaker.not_open().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(*passed.lock(), 1);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(*passed.lock(), 5);
    }
}
