//! TLS of the HTTP client that every exporter connects with.

use component::BuildError;
use component::settings::ClientTls;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, ClientBuilder, Identity, Url};
use std::path::Path;
use std::sync::Arc;

/// Applies `tls` to a client that connects to `url`, which `server_name_override` changes: the name to
/// expect becomes the URL's host, and [`Under`] resolves it to the addresses of the real one. So the name
/// is both what is sent (SNI) and what is verified, as with the Collector.
pub fn secure(
    builder: ClientBuilder,
    tls: &ClientTls,
    url: Option<&mut Url>,
) -> Result<ClientBuilder, BuildError> {
    let mut builder = builder.tls_danger_accept_invalid_certs(tls.insecure_skip_verify);
    if let Some(path) = &tls.ca_file {
        let authorities = Certificate::from_pem_bundle(&read(path)?).map_err(|_| no_pem(path))?;
        if authorities.is_empty() {
            return Err(no_pem(path));
        }
        builder = builder.tls_certs_only(authorities);
    }
    if let (Some(cert), Some(key)) = (&tls.cert_file, &tls.key_file) {
        let pem = [read(cert)?, b"\n".to_vec(), read(key)?].concat();
        let identity = Identity::from_pem(&pem).map_err(|_| {
            BuildError(format!(
                "tls: {} and {} hold no PEM certificate and private key",
                cert.display(),
                key.display()
            ))
        })?;
        builder = builder.identity(identity);
    }
    if let (Some(name), Some(url)) = (&tls.server_name_override, url) {
        let host = url.host_str().unwrap_or_default().to_owned();
        url.set_host(Some(name))
            .map_err(|_| BuildError(format!("tls.server_name_override: {name:?} is no host name")))?;
        // A proxy would look for the name itself.
        builder = builder.no_proxy().dns_resolver(Arc::new(Under { host: unbracketed(&host).to_owned() }));
    }
    Ok(builder)
}

/// Resolves every name to the addresses of one host.
struct Under {
    host: String,
}

impl Resolve for Under {
    fn resolve(&self, _: Name) -> Resolving {
        let host = self.host.clone();
        Box::pin(async move {
            // The port is the URL's; 0 stands for it here.
            let addresses: Vec<_> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|error| BuildError(format!("tls: cannot read {}: {error}", path.display())))
}

fn no_pem(path: &Path) -> BuildError {
    BuildError(format!("tls.ca_file: {} holds no PEM certificate", path.display()))
}
