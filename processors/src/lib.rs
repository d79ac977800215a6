//! Processors: redaction, security_event.

pub mod security_event;
