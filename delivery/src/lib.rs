//! How data leaves: batching, retry with backoff, circuit breaker, rate limit, dead letters.

pub mod settings;

pub use settings::Settings;
