//! `weir send`: sample audit events to an OTLP endpoint, to see a pipeline work.

use super::{Failed, print};
use component::unix_nanos;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Three events with an address, a password, a card number and a token in them, as OTLP/JSON.
const EVENTS: &str = include_str!("sample-events.json");

/// Where the events go.
#[derive(Debug, clap::Args)]
pub struct Send {
    /// OTLP/HTTP endpoint of the agent, without the path.
    #[arg(long, default_value = "http://localhost:4318")]
    endpoint: String,
    /// How many times to send the three sample events.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
}

impl Send {
    /// Sends the events and says how many the agent took.
    pub(super) fn run(&self) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failed::because(&error))?;
        let sent = runtime.block_on(self.send()).map_err(|error| Failed::because(&error))?;
        print(&format!("{sent} events accepted by {}\n", self.endpoint))
    }

    async fn send(&self) -> Result<u64, String> {
        let url = format!("{}/v1/logs", self.endpoint.trim_end_matches('/'));
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| format!("no HTTP client: {error}"))?;
        let mut sent = 0;
        for _ in 0..self.count {
            let (body, events) = stamped(unix_nanos(SystemTime::now()))?;
            let response = client
                .post(&url)
                .header("content-type", "application/json")
                .body(body)
                .send()
                .await
                .map_err(|error| {
                    format!("cannot reach {url}: {error}. Is the agent running with an http endpoint?")
                })?;
            if !response.status().is_success() {
                return Err(format!("{url} answered {}", response.status()));
            }
            sent += events;
        }
        Ok(sent)
    }
}

/// The sample events with the present time in each, and how many they are.
fn stamped(now: u64) -> Result<(String, u64), String> {
    let mut events: Value =
        serde_json::from_str(EVENTS).map_err(|error| format!("sample events: {error}"))?;
    let records = events
        .pointer_mut("/resourceLogs/0/scopeLogs/0/logRecords")
        .and_then(Value::as_array_mut)
        .ok_or("sample events hold no records")?;
    for record in records.iter_mut().filter_map(Value::as_object_mut) {
        record.insert("timeUnixNano".into(), now.to_string().into());
    }
    let count = records.len() as u64;
    Ok((events.to_string(), count))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_well_formed_and_carries_the_time() {
        let (body, events) = stamped(42).unwrap();
        assert_eq!(events, 3);
        assert_eq!(body.matches("\"timeUnixNano\":\"42\"").count(), 3);
    }
}
