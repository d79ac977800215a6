//! How data leaves: batching, retry with backoff, circuit breaker, rate limit, dead letters.
//!
//! Alike for every exporter. One [`Lane`] an exporter holds what its pipelines share; one
//! [`Lane::run`] a pipeline is the loop:
//!
//! ```text
//! cursor ─▶ batcher ─▶ flight: encode ─▶ breaker ─▶ rate limit ─▶ export ─▶ outcome
//!                        ▲                                                     │
//!                        └──────────── backoff, halves, remainders ◀───────────┤
//!                                                  settled, dead letters ◀─────┘
//! ```
//!
//! Delivery is at least once. An attempt that times out or breaks off may have arrived, and is
//! repeated; nothing else is sent twice.

mod attempt;
mod backoff;
mod batcher;
mod breaker;
mod dead_letter;
mod flight;
mod lane;
mod lot;
mod parcel;
mod rate_limit;
mod search;
mod settings;
mod status;
mod stop;
mod telemetry;

pub use breaker::BreakerState;
pub use dead_letter::{
    Category, CountedDeadLetters, DeadLetter, DeadLetterStore, DeadLetters, Kept, Letters, Limits, Mark,
    MarkFile, Marks, Unreadable, letters, request_replay,
};
pub use lane::Lane;
pub use settings::{
    Batching, CircuitBreaker, DeadLetterRetry, RateLimit, RetryOnFailure, SendingQueue, Settings,
};
pub use status::{Health, Status};
pub use stop::{Stop, Stopper};
