//! TLS as a client, with the Collector's keys.

use crate::settings::{Problem, Validate};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How to secure the connection to a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientTls {
    /// Connect in plain text. Where the endpoint has a scheme, `http://` or `https://` decides instead.
    pub insecure: bool,
    /// Accept any server certificate. For tests only: everybody on the way can read and change the data.
    pub insecure_skip_verify: bool,
    /// PEM file with the certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the client's certificate chain.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the client's private key.
    pub key_file: Option<PathBuf>,
    /// Name to expect in the server's certificate instead of the endpoint's host.
    pub server_name_override: Option<String>,
}

impl Validate for ClientTls {
    fn validate(&self) -> Vec<Problem> {
        match (&self.cert_file, &self.key_file) {
            (Some(_), None) => {
                vec![Problem::at("cert_file", "a client certificate needs its key: set key_file too")]
            }
            (None, Some(_)) => {
                vec![Problem::at("key_file", "a client key needs its certificate: set cert_file too")]
            }
            _ => Vec::new(),
        }
    }
}
