//! The address that an endpoint listens on, and the loop that accepts its connections.

use super::connection::{Protocol, Server};
use component::{BuildError, ComponentId};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Connections of one endpoint at most; further ones wait in the kernel's backlog.
const MAX_CONNECTIONS: usize = 16 << 10;

const BACKLOG: u32 = 1024;

/// A listening socket.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on `endpoint`, which `key` of the receiver `id` named.
    pub async fn bind(id: &ComponentId, key: &str, endpoint: &str) -> Result<Listener, BuildError> {
        let listen = async {
            let socket = listen(resolve(endpoint).await?)?;
            let address = socket.local_addr()?;
            Ok(Listener { socket, address })
        };
        listen.await.map_err(|error: io::Error| {
            let advice = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "the address is in use; stop the process that has it, or choose another port"
                }
                io::ErrorKind::PermissionDenied => {
                    "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE, or choose a higher port"
                }
                io::ErrorKind::AddrNotAvailable => "this machine does not have the address",
                io::ErrorKind::NotFound => "the host name has no address",
                _ => {
                    return BuildError(format!(
                        "receivers::{id}: {key}: cannot listen on {endpoint}: {error}"
                    ));
                }
            };
            BuildError(format!("receivers::{id}: {key}: cannot listen on {endpoint}: {advice}"))
        })
    }

    /// The address, with the port that the system chose where the endpoint said 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves connections until `stop` is cancelled and the last one has ended. Dropping it ends them all.
    pub async fn serve<P: Protocol>(self, id: &ComponentId, server: Server<P>, stop: CancellationToken) {
        let server = Arc::new(server);
        let mut connections = JoinSet::new();
        let mut pause = Duration::ZERO;
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = connections.join_next() => {
                    if ended.is_err() {
                        tracing::error!(receiver = %id, address = %self.address, "a connection panicked; the others go on");
                    }
                    continue;
                }
                accepted = self.accept(pause), if connections.len() < MAX_CONNECTIONS => accepted,
            };
            match accepted {
                Ok((stream, client)) => {
                    pause = Duration::ZERO;
                    connections.spawn(Arc::clone(&server).serve(stream, client, stop.child_token()));
                }
                Err(error) => {
                    pause = next_pause(&error, pause);
                    tracing::warn!("otelcol.component.id" = %id, address = %self.address, %error, "cannot accept a connection");
                }
            }
        }
        drop(self.socket);
        while connections.join_next().await.is_some() {}
    }

    async fn accept(&self, pause: Duration) -> io::Result<(TcpStream, SocketAddr)> {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let (stream, client) = self.socket.accept().await?;
        // Without it the answer to a small request waits 40 ms for the peer's delayed acknowledgement.
        stream.set_nodelay(true)?;
        Ok((stream, client))
    }
}

/// A peer that was gone before it was accepted costs no pause; a full file table, where trying
/// again at once would only burn the CPU, up to a second.
fn next_pause(error: &io::Error, pause: Duration) -> Duration {
    match error.kind() {
        io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::InvalidInput => Duration::ZERO,
        _ => (pause * 2).clamp(Duration::from_millis(10), Duration::from_secs(1)),
    }
}

/// An empty host means every interface, over IPv4 and IPv6. A name that has both is taken by its
/// IPv4 address, as Go does: `localhost` is 127.0.0.1.
async fn resolve(endpoint: &str) -> io::Result<SocketAddr> {
    let endpoint = match endpoint.strip_prefix(':') {
        Some(port) => format!("[::]:{port}"),
        None => endpoint.to_owned(),
    };
    let addresses: Vec<SocketAddr> =
        lookup_host(endpoint).await.map_err(|_| io::Error::from(io::ErrorKind::NotFound))?.collect();
    let v4 = addresses.iter().find(|address| address.is_ipv4());
    v4.or(addresses.first()).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // So that a restart does not wait for the last run's connections to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_table_backs_off_and_a_vanished_peer_does_not() {
        let full = io::Error::from_raw_os_error(24);
        let mut pause = Duration::ZERO;
        for expected in [10, 20, 40, 80, 160, 320, 640, 1000, 1000] {
            pause = next_pause(&full, pause);
            assert_eq!(pause, Duration::from_millis(expected));
        }
        assert_eq!(next_pause(&io::ErrorKind::ConnectionAborted.into(), pause), Duration::ZERO);
    }

    #[tokio::test]
    async fn localhost_is_taken_by_its_ipv4_address_and_an_empty_host_by_every_interface() {
        assert_eq!(resolve("localhost:4317").await.unwrap(), "127.0.0.1:4317".parse().unwrap());
        assert_eq!(resolve(":4317").await.unwrap(), "[::]:4317".parse().unwrap());
    }

    #[tokio::test]
    async fn an_address_in_use_is_an_error_that_names_the_key_and_what_to_do() {
        let id = ComponentId::parse("otlp/x").unwrap();
        let first = Listener::bind(&id, "protocols.grpc.endpoint", "127.0.0.1:0").await.unwrap();
        let taken = first.address().to_string();
        let error = Listener::bind(&id, "protocols.grpc.endpoint", &taken).await.err().unwrap().to_string();
        assert!(error.starts_with("receivers::otlp/x: protocols.grpc.endpoint: cannot listen on"), "{error}");
        assert!(error.contains("in use"), "{error}");
        let error = Listener::bind(&id, "k", "no-such-host.invalid:1").await.err().unwrap().to_string();
        assert!(error.contains("no address"), "{error}");
    }
}
