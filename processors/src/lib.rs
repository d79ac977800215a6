//! Processors: redaction, security_event.
