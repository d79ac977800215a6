//! The OTLP receiver: logs, traces and metrics over gRPC and HTTP.
//!
//! ```text
//! listener ─▶ connection ─▶ grpc │ http ─▶ body (admission) ─▶ export ─▶ compression ─▶ Consumer
//!                               ▲                                │
//!                               └──────── answer │ status ◀──────┘
//! ```

mod answer;
mod body;
mod compression;
pub mod config;
mod connection;
mod cork;
mod cors;
mod export;
mod grpc;
mod http;
mod listener;
mod status;

pub use compression::Encoding;
pub use config::Config;
pub use cors::Cors;

use crate::tls::ServerTls;
use component::{BuildError, ComponentId, Consumer, Transport};
use connection::{Lifetime, Server};
use export::Export;
use listener::Listener;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// An OTLP receiver that has its addresses.
pub struct Bound {
    id: ComponentId,
    grpc: Option<Endpoint<config::Grpc>>,
    http: Option<Endpoint<config::Http>>,
}

/// One protocol's socket and settings.
struct Endpoint<T> {
    listener: Listener,
    tls: Option<TlsAcceptor>,
    config: T,
}

const GRPC_ENDPOINT: &str = "protocols.grpc.endpoint";
const HTTP_ENDPOINT: &str = "protocols.http.endpoint";

impl Bound {
    /// Takes the addresses of every protocol that is configured.
    pub async fn bind(config: Config, id: ComponentId) -> Result<Bound, BuildError> {
        let config::Protocols { grpc, http } = config.protocols;
        let mut bound = Bound { id, grpc: None, http: None };
        if let Some(config) = grpc {
            let tls = acceptor(&bound.id, "protocols.grpc.tls", &config.tls, &[b"h2"])?;
            let listener = Listener::bind(&bound.id, GRPC_ENDPOINT, &config.endpoint).await?;
            bound.grpc = Some(Endpoint { listener, tls, config });
        }
        if let Some(config) = http {
            let tls = acceptor(&bound.id, "protocols.http.tls", &config.tls, &[b"h2", b"http/1.1"])?;
            let listener = Listener::bind(&bound.id, HTTP_ENDPOINT, &config.endpoint).await?;
            bound.http = Some(Endpoint { listener, tls, config });
        }
        Ok(bound)
    }

    /// Key of each endpoint and the address behind it.
    pub fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        let grpc = self.grpc.iter().map(|endpoint| (GRPC_ENDPOINT, endpoint.listener.address()));
        let http = self.http.iter().map(|endpoint| (HTTP_ENDPOINT, endpoint.listener.address()));
        grpc.chain(http).collect()
    }

    /// Answers requests until `stop` is cancelled and those in flight are done. Dropping the future
    /// ends every connection at once.
    pub async fn serve<C: Consumer>(self, consumer: Arc<C>, stop: CancellationToken) {
        let Bound { id, grpc, http } = self;
        let serve_grpc = async {
            let Some(Endpoint { listener, tls, config }) = grpc else { return };
            let consumer = Arc::clone(&consumer);
            let export = Export::new(&id, consumer, Transport::Grpc, config.limit(), *config.read_timeout);
            listener.serve(&id, grpc_server(export, &config).secured(tls), stop.clone()).await;
        };
        let serve_http = async {
            let Some(Endpoint { listener, tls, config }) = http else { return };
            let consumer = Arc::clone(&consumer);
            let export = Export::new(&id, consumer, Transport::Http, config.limit(), *config.read_timeout);
            let lifetime = Lifetime { idle: Some(*config.idle_timeout), ..Lifetime::default() };
            let server = Server::http(http::Http::new(export, &config), lifetime, config.keep_alives_enabled);
            listener.serve(&id, server.secured(tls), stop.clone()).await;
        };
        tokio::join!(serve_grpc, serve_http);
    }
}

fn acceptor(
    id: &ComponentId,
    key: &str,
    tls: &Option<ServerTls>,
    protocols: &[&[u8]],
) -> Result<Option<TlsAcceptor>, BuildError> {
    let acceptor = tls.as_ref().map(|tls| tls.acceptor(protocols)).transpose();
    acceptor.map_err(|wrong| BuildError(format!("receivers::{id}: {key}: {wrong}")))
}

fn grpc_server<C: Consumer>(export: Export<C>, config: &config::Grpc) -> Server<grpc::Grpc<C>> {
    let parameters = &config.keepalive.server_parameters;
    let unless_zero = |time: Duration| Some(time).filter(|time| !time.is_zero());
    let lifetime = Lifetime {
        silent: Some(*config.read_timeout),
        idle: unless_zero(*parameters.max_connection_idle),
        age: unless_zero(*parameters.max_connection_age),
        grace: unless_zero(*parameters.max_connection_age_grace),
    };
    let ping = unless_zero(*parameters.time);
    Server::http2(grpc::Grpc::new(export), lifetime, config.streams(), ping, *parameters.timeout)
}
