//! The endpoints for operators: metrics and health. Plain HTTP on loopback unless told otherwise.

use super::health::{Health, Report};
use super::metrics::Metrics;
use crate::config::{HealthCheck, ResponseBody};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use component::BuildError;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Binds an endpoint. `key` is where the configuration names it.
pub async fn bind(endpoint: &str, key: &str) -> Result<TcpListener, BuildError> {
    TcpListener::bind(endpoint).await.map_err(|error| {
        BuildError(format!(
            "{key}: cannot listen on {endpoint}: {error}. Choose another endpoint, or stop what uses it"
        ))
    })
}

/// Serves the metrics as Prometheus text at `/metrics`.
pub async fn serve_metrics(listener: TcpListener, metrics: Arc<Metrics>) {
    let page = |State(metrics): State<Arc<Metrics>>| async move {
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
    };
    serve(listener, Router::new().route("/metrics", get(page)).with_state(metrics)).await;
}

/// Serves the health, as the Collector's health_check extension does.
pub async fn serve_health(listener: TcpListener, settings: HealthCheck, health: Arc<Health>) {
    let HealthCheck { path, response_body, .. } = settings;
    let page = async move || health_page(&health.report(), response_body.as_ref());
    serve(listener, Router::new().route(&path, get(page))).await;
}

/// `axum::serve` ends with the listener only, which lives as long as the process.
async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "an endpoint for operators ended");
    }
}

fn health_page(report: &Report, fixed: Option<&ResponseBody>) -> Response {
    let healthy = report.problems.is_empty();
    let (code, status) = match healthy {
        true => (StatusCode::OK, "Server available"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "Server not available"),
    };
    if let Some(fixed) = fixed {
        let body = if healthy { &fixed.healthy } else { &fixed.unhealthy };
        return (code, body.clone()).into_response();
    }
    let up_since =
        jiff::Timestamp::try_from(report.up_since).map(|time| time.to_string()).unwrap_or_default();
    let body = serde_json::json!({
        "status": status,
        "upSince": up_since,
        "uptime": format!("{}s", report.uptime.as_secs()),
        "problems": report.problems,
    });
    (code, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
