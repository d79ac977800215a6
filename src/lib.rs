//! weir: an agent for security and audit telemetry.
//!
//! [`cli`] is what people call, [`config`] what they write, [`service`] what runs, [`telemetry`] what it tells of itself.

pub mod cli;
pub mod config;
pub mod service;
pub mod telemetry;
