//! Exporters: siem_http, file, otlp_grpc, otlp_http, debug.
