//! TLS as a server, with the Collector's keys.

use component::settings::{Problem, Validate};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};

/// How to secure the connections of clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerTls {
    /// PEM file with the server's certificate chain.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the server's private key.
    pub key_file: Option<PathBuf>,
    /// PEM file with the certificate authorities of clients. With it, a client without a
    /// certificate of theirs is turned away (mutual TLS).
    pub client_ca_file: Option<PathBuf>,
    /// The oldest version to speak.
    pub min_version: TlsVersion,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum TlsVersion {
    /// TLS 1.2 and later.
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3 only.
    #[serde(rename = "1.3")]
    V1_3,
}

impl TlsVersion {
    fn and_later(self) -> &'static [&'static SupportedProtocolVersion] {
        static V1_2: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];
        static V1_3: [&SupportedProtocolVersion; 1] = [&version::TLS13];
        match self {
            TlsVersion::V1_2 => &V1_2,
            TlsVersion::V1_3 => &V1_3,
        }
    }
}

impl Validate for ServerTls {
    fn validate(&self) -> Vec<Problem> {
        if self.cert_file.is_some() && self.key_file.is_some() {
            return Vec::new();
        }
        let text = "TLS configuration must include both certificate and key for server connections: set cert_file and key_file";
        vec![Problem::at("", text)]
    }
}

impl ServerTls {
    /// Reads the files. `protocols` is what is offered by ALPN, the best first. `Err` names the key
    /// and the file; no part of a file's content is in it.
    pub(crate) fn acceptor(&self, protocols: &[&[u8]]) -> Result<TlsAcceptor, String> {
        let (Some(cert_file), Some(key_file)) = (&self.cert_file, &self.key_file) else {
            return Err("cert_file and key_file must both be set".into());
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificates = certificates("cert_file", cert_file)?;
        let key = PrivateKeyDer::from_pem_file(key_file)
            .map_err(|error| unreadable("key_file", key_file, &error))?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(self.min_version.and_later())
            .map_err(|error| format!("min_version: {error}"))?;
        let builder = match &self.client_ca_file {
            None => builder.with_no_client_auth(),
            Some(file) => {
                let wrong = |error: &dyn std::fmt::Display| unreadable("client_ca_file", file, error);
                let mut roots = RootCertStore::empty();
                for certificate in self::certificates("client_ca_file", file)? {
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().map_err(|error| wrong(&error))?)
            }
        };
        let mut config = builder
            .with_single_cert(certificates, key)
            .map_err(|error| format!("cert_file and key_file do not go together: {error}"))?;
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn certificates(key: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>());
    match read {
        Ok(certificates) if certificates.is_empty() => Err(unreadable(key, file, &"it has no certificate")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unreadable(key, file, &error)),
    }
}

fn unreadable(key: &str, file: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{key}: cannot use {}: {why}", file.display())
}
