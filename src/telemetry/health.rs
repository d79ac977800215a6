//! Whether the agent does its work: ready, its tasks alive, its exporters delivering.

use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// What the health endpoint answers from.
pub struct Health {
    started: Instant,
    started_at: SystemTime,
    phase: Mutex<Phase>,
    checks: Mutex<Vec<Check>>,
    faults: Mutex<Vec<String>>,
}

/// Where the process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not all receivers listen yet.
    Starting,
    /// At work.
    Ready,
    /// Asked to stop.
    Stopping,
}

/// Says what is wrong with one part, if anything is.
type Check = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// The answer at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Everything that is wrong; empty when the agent is healthy.
    pub problems: Vec<String>,
    /// When the process started.
    pub up_since: SystemTime,
    /// How long ago that was.
    pub uptime: Duration,
}

impl Health {
    /// A process that starts now.
    pub fn starting() -> Arc<Health> {
        Arc::new(Health {
            started: Instant::now(),
            started_at: SystemTime::now(),
            phase: Mutex::new(Phase::Starting),
            checks: Mutex::default(),
            faults: Mutex::default(),
        })
    }

    /// Asks `check` each time somebody looks.
    pub fn watch(&self, check: impl Fn() -> Option<String> + Send + Sync + 'static) {
        self.checks.lock().push(Box::new(check));
    }

    /// Something that does not heal by itself: a task of the data path ended.
    pub fn fault(&self, what: String) {
        self.faults.lock().push(what);
    }

    /// The process has come this far.
    pub fn enter(&self, phase: Phase) {
        *self.phase.lock() = phase;
    }

    /// How it is now.
    pub fn report(&self) -> Report {
        let mut problems: Vec<String> = match *self.phase.lock() {
            Phase::Starting => vec!["starting".into()],
            Phase::Ready => Vec::new(),
            Phase::Stopping => vec!["stopping".into()],
        };
        problems.extend(self.faults.lock().iter().cloned());
        problems.extend(self.checks.lock().iter().filter_map(|check| check()));
        Report { problems, up_since: self.started_at, uptime: self.started.elapsed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ready_agent_without_problems_is_healthy() {
        let health = Health::starting();
        assert_eq!(health.report().problems, ["starting"]);
        health.enter(Phase::Ready);
        assert!(health.report().problems.is_empty());
        health.watch(|| Some("exporter x has been failing".into()));
        health.fault("delivery of y ended".into());
        assert_eq!(health.report().problems, ["delivery of y ended", "exporter x has been failing"]);
    }
}
