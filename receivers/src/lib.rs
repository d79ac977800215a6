//! Receivers: otlp.
