//! What a receiver, processor, exporter and extension is: the traits they implement, the outcomes
//! they answer with, and the settings they share.
//!
//! The request path is `receiver → admit → validate → processors → journal`; the trait at its
//! head is [`Consumer`]. Behind the journal stands one delivery loop an [`Exporter`].

mod budget;
mod consumer;
mod context;
mod exporter;
mod id;
mod processor;
mod refusal;
pub mod settings;
pub mod telemetry;

pub use budget::{Budget, Permit};
pub use consumer::{Accepted, Consumer};
pub use context::{Context, Transport, unix_nanos};
pub use exporter::{Batch, BuildError, Exporter, Outcome, Reason, Verdict};
pub use id::{ComponentId, InvalidId};
pub use processor::Processor;
pub use refusal::Refusal;
