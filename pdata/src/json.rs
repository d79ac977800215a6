//! OTLP/JSON in and out.
