//! What the OTLP receiver answers, over real sockets: the tables of OTLP's specification and of
//! the Collector's receiver, bad input, slow and vanishing clients, overload, shutdown.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod client;
mod grpc;
mod grpc_table;
mod http;
mod http_table;
mod json;
mod lifetime;
mod receiver;
mod requests;
mod tls;
