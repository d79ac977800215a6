//! What weir tells of itself: logs, metrics, health.

pub mod admin;
pub mod health;
pub mod logs;
pub mod metrics;
