//! The line that every batch has: counts and no values.

use component::{Batch, ComponentId};
use pdata::Signal;

/// `Logs {"resource logs": 1, "log records": 2}` with the exporter's id in it, as the Collector logs it.
pub fn of(id: &ComponentId, batch: &Batch) -> String {
    let resources: usize = batch.requests().iter().map(|request| request.resources().count()).sum();
    let records = batch.records();
    let (title, counts) = match batch.signal() {
        Signal::Logs => ("Logs", format!(r#""resource logs": {resources}, "log records": {records}"#)),
        Signal::Traces => ("Traces", format!(r#""resource spans": {resources}, "spans": {records}"#)),
        Signal::Metrics => {
            let scopes = batch.requests().iter().flat_map(|r| r.resources()).flat_map(|r| r.scopes());
            let metrics: usize = scopes.map(|scope| scope.metrics().count()).sum();
            let counts =
                format!(r#""resource metrics": {resources}, "metrics": {metrics}, "data points": {records}"#);
            ("Metrics", counts)
        }
    };
    format!("{title} {{\"otelcol.component.id\": \"{id}\", {counts}}}\n")
}
