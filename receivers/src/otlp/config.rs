//! The settings, with the Collector's keys. Keys of the Collector that are not here are refused by
//! name when the configuration is read.

use super::compression::Encoding;
use super::cors::Cors;
use crate::tls::ServerTls;
use component::settings::{ByteSize, Duration, Headers, Problem, Validate};
use http::uri::Authority;
use serde::{Deserialize, Deserializer, Serialize};

/// Receives OTLP logs, traces and metrics over gRPC and HTTP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What to listen on; at least one.
    pub protocols: Protocols,
}

/// The two transports of OTLP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Protocols {
    /// OTLP/gRPC. An empty section enables it with its defaults.
    #[serde(deserialize_with = "section")]
    pub grpc: Option<Grpc>,
    /// OTLP/HTTP, protobuf and JSON. An empty section enables it with its defaults.
    #[serde(deserialize_with = "section")]
    pub http: Option<Http>,
}

/// A key without a value means the section with its defaults, not its absence.
fn section<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<Option<T>, D::Error> {
    Ok(Some(Option::deserialize(from)?.unwrap_or_default()))
}

/// OTLP/gRPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Grpc {
    /// Host and port to listen on. Port 0 lets the system choose; an empty host means every interface.
    pub endpoint: String,
    /// Largest request in MiB, also after decompression. The default is what the OTLP
    /// specification recommends; the Collector's is 4. 0 means the default.
    pub max_recv_msg_size_mib: u32,
    /// Requests in flight on one connection; further ones wait at the client. 0 means the default.
    pub max_concurrent_streams: u32,
    /// How long a request's message may take to arrive, and a connection's first request to begin.
    /// It bounds what a slow client can hold.
    pub read_timeout: Duration,
    /// When connections are probed and ended.
    pub keepalive: Keepalive,
    /// Secures connections; without it they are plain.
    pub tls: Option<ServerTls>,
}

impl Grpc {
    const MAX_MIB: u32 = 64;
    const MAX_STREAMS: u32 = 256;

    /// Largest request in bytes.
    pub fn limit(&self) -> usize {
        let mib = if self.max_recv_msg_size_mib == 0 { Self::MAX_MIB } else { self.max_recv_msg_size_mib };
        ByteSize::mib(u64::from(mib)).as_usize()
    }

    /// Requests in flight on one connection.
    pub fn streams(&self) -> u32 {
        if self.max_concurrent_streams == 0 { Self::MAX_STREAMS } else { self.max_concurrent_streams }
    }
}

impl Default for Grpc {
    fn default() -> Grpc {
        Grpc {
            endpoint: "localhost:4317".into(),
            max_recv_msg_size_mib: Self::MAX_MIB,
            max_concurrent_streams: Self::MAX_STREAMS,
            read_timeout: Duration::secs(60),
            keepalive: Keepalive::default(),
            tls: None,
        }
    }
}

/// When connections are probed and ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keepalive {
    /// The server's side of it.
    pub server_parameters: ServerParameters,
}

/// The server's probes and the lifetime of its connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerParameters {
    /// Ends a connection that carried no request for this long. 0s: never.
    pub max_connection_idle: Duration,
    /// Ends every connection after this long, so that clients spread over several agents. 0s: never.
    pub max_connection_age: Duration,
    /// How long requests may go on after a connection was told to end. 0s: without bound.
    pub max_connection_age_grace: Duration,
    /// Sends a ping this often, so that a dead peer is noticed. The Collector waits two hours. 0s: never.
    pub time: Duration,
    /// How long the ping's answer may take before the connection is dropped.
    pub timeout: Duration,
}

impl Default for ServerParameters {
    fn default() -> ServerParameters {
        ServerParameters {
            max_connection_idle: Duration::default(),
            max_connection_age: Duration::default(),
            max_connection_age_grace: Duration::default(),
            time: Duration::secs(60),
            timeout: Duration::secs(20),
        }
    }
}

/// OTLP/HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Host and port to listen on. Port 0 lets the system choose; an empty host means every interface.
    pub endpoint: String,
    /// Path for traces; a missing leading slash is added.
    pub traces_url_path: String,
    /// Path for metrics; a missing leading slash is added.
    pub metrics_url_path: String,
    /// Path for logs; a missing leading slash is added.
    pub logs_url_path: String,
    /// Largest request body, on the wire and after decompression. The default is what the OTLP
    /// specification recommends; the Collector's is 20 MiB. 0 means the default.
    pub max_request_body_size: ByteSize,
    /// Content encodings to accept; `""` stands for none.
    pub compression_algorithms: Vec<Encoding>,
    /// How long a request's body may take to arrive. It bounds what a slow client can hold.
    pub read_timeout: Duration,
    /// Ends a connection on which no request was complete for this long, its header included.
    pub idle_timeout: Duration,
    /// Whether a connection may carry more than one HTTP/1 request.
    pub keep_alives_enabled: bool,
    /// Headers to add to every answer.
    pub response_headers: Headers,
    /// Lets pages of other origins send telemetry.
    pub cors: Option<Cors>,
    /// Secures connections; without it they are plain.
    pub tls: Option<ServerTls>,
}

impl Http {
    const MAX_BODY: ByteSize = ByteSize::mib(64);

    /// Largest request in bytes.
    pub fn limit(&self) -> usize {
        if self.max_request_body_size.0 == 0 { Self::MAX_BODY } else { self.max_request_body_size }.as_usize()
    }
}

impl Default for Http {
    fn default() -> Http {
        Http {
            endpoint: "localhost:4318".into(),
            traces_url_path: "/v1/traces".into(),
            metrics_url_path: "/v1/metrics".into(),
            logs_url_path: "/v1/logs".into(),
            max_request_body_size: Self::MAX_BODY,
            compression_algorithms: Encoding::ALL.to_vec(),
            read_timeout: Duration::secs(60),
            idle_timeout: Duration::secs(90),
            keep_alives_enabled: true,
            response_headers: Headers::default(),
            cors: None,
            tls: None,
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let Protocols { grpc, http } = &self.protocols;
        let mut problems = Vec::new();
        if grpc.is_none() && http.is_none() {
            let text = "must specify at least one protocol when using the OTLP receiver";
            problems.push(Problem::at("protocols", text));
        }
        let of_grpc = grpc.iter().flat_map(Validate::validate);
        problems.extend(of_grpc.map(|problem| problem.under("protocols.grpc")));
        let of_http = http.iter().flat_map(Validate::validate);
        problems.extend(of_http.map(|problem| problem.under("protocols.http")));
        if let (Some(grpc), Some(http)) = (grpc, http)
            && grpc.endpoint == http.endpoint
            && !grpc.endpoint.ends_with(":0")
        {
            let text = "gRPC and HTTP need endpoints of their own; the usual ports are 4317 and 4318";
            problems.push(Problem::at("protocols.http.endpoint", text));
        }
        problems
    }
}

impl Validate for Grpc {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = endpoint(&self.endpoint);
        if self.max_recv_msg_size_mib > 4095 {
            problems.push(Problem::at("max_recv_msg_size_mib", "a gRPC message has less than 4096 MiB"));
        }
        problems.extend(positive("read_timeout", self.read_timeout));
        let timeout = self.keepalive.server_parameters.timeout;
        problems.extend(positive("keepalive.server_parameters.timeout", timeout));
        problems.extend(tls(&self.tls));
        problems
    }
}

impl Validate for Http {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = endpoint(&self.endpoint);
        problems.extend(positive("read_timeout", self.read_timeout));
        problems.extend(positive("idle_timeout", self.idle_timeout));
        problems.extend(tls(&self.tls));
        if self.compression_algorithms.is_empty() {
            let text = "name what to accept; \"\" stands for no compression";
            problems.push(Problem::at("compression_algorithms", text));
        }
        let paths = [
            ("traces_url_path", &self.traces_url_path),
            ("metrics_url_path", &self.metrics_url_path),
            ("logs_url_path", &self.logs_url_path),
        ];
        for (index, (key, path)) in paths.iter().enumerate() {
            if paths.iter().take(index).any(|(_, other)| rooted(other) == rooted(path)) {
                problems.push(Problem::at(*key, "another signal has this path"));
            }
        }
        for (name, value) in self.response_headers.iter() {
            let name_ok = http::HeaderName::try_from(name).is_ok();
            if !name_ok || http::HeaderValue::try_from(value.expose()).is_err() {
                problems.push(Problem::at("response_headers", format!("{name:?} is no valid HTTP header")));
            }
        }
        problems
    }
}

fn endpoint(text: &str) -> Vec<Problem> {
    let problem = match text.rsplit_once(':') {
        _ if text.contains("://") => "an address to listen on has no scheme: write host:port",
        Some((host, port)) if port.parse::<u16>().is_ok() => {
            if host.is_empty() || text.parse::<Authority>().is_ok() {
                return Vec::new();
            }
            "the part before the port is no host name or address; an IPv6 address goes in brackets"
        }
        _ => "write host:port with a port of 0 to 65535, such as 0.0.0.0:4317",
    };
    vec![Problem::at("endpoint", problem)]
}

fn tls(tls: &Option<ServerTls>) -> impl Iterator<Item = Problem> {
    tls.iter().flat_map(Validate::validate).map(|problem| problem.under("tls"))
}

fn positive(key: &str, duration: Duration) -> Option<Problem> {
    duration.is_zero().then(|| Problem::at(key, "must be longer than 0s: it is what bounds a stuck client"))
}

/// The path with the leading slash that the Collector lets users leave out.
pub fn rooted(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Config, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn an_empty_section_enables_its_protocol_with_the_defaults() {
        let config = read(r#"{"protocols": {"grpc": null, "http": {}}}"#).unwrap();
        assert_eq!(config.protocols.grpc, Some(Grpc::default()));
        assert_eq!(config.protocols.http, Some(Http::default()));
        assert_eq!(config.validate(), []);
        assert_eq!(read(r#"{"protocols": {"grpc": null}}"#).unwrap().protocols.http, None);
    }

    #[test]
    fn no_protocol_is_refused_in_the_collectors_words() {
        let problems = read(r#"{"protocols": {}}"#).unwrap().validate();
        let expected = "must specify at least one protocol when using the OTLP receiver";
        assert_eq!(problems, [Problem::at("protocols", expected)]);
    }

    #[test]
    fn keys_that_are_not_implemented_are_refused_by_name() {
        let error = read(r#"{"protocols": {"grpc": {"include_metadata": true}}}"#).unwrap_err();
        assert!(error.to_string().contains("include_metadata"), "{error}");
        let error = read(r#"{"protocols": {"http": {"compression_algorithms": ["br"]}}}"#).unwrap_err();
        assert!(error.to_string().contains("x-snappy-framed"), "{error}");
    }

    #[test]
    fn every_wrong_value_is_reported_with_its_key() {
        for (json, path) in [
            (r#"{"grpc": {"endpoint": "http://localhost:4317"}}"#, "protocols.grpc.endpoint"),
            (r#"{"grpc": {"endpoint": "localhost"}}"#, "protocols.grpc.endpoint"),
            (r#"{"grpc": {"endpoint": "a b:1"}}"#, "protocols.grpc.endpoint"),
            (r#"{"grpc": {"read_timeout": "0s"}}"#, "protocols.grpc.read_timeout"),
            (r#"{"http": {"traces_url_path": "v1/logs"}}"#, "protocols.http.logs_url_path"),
            (r#"{"http": {"response_headers": {"a b": "c"}}}"#, "protocols.http.response_headers"),
            (r#"{"grpc": {"tls": {"cert_file": "x"}}}"#, "protocols.grpc.tls"),
            (r#"{"http": {"endpoint": ":1"}, "grpc": {"endpoint": ":1"}}"#, "protocols.http.endpoint"),
        ] {
            let problems = read(&format!(r#"{{"protocols": {json}}}"#)).unwrap().validate();
            let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
            assert_eq!(paths, [path], "{json}");
        }
    }

    #[test]
    fn addresses_of_every_kind_are_accepted() {
        for text in ["localhost:4317", "0.0.0.0:4317", "[::]:0", ":4317", "collector.example:1"] {
            assert_eq!(endpoint(text), [], "{text}");
        }
    }
}
