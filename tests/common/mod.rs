//! The built binary as its users run it, and a destination for what it sends.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../receivers/tests/protocol/client.rs"]
pub mod client;
pub mod conformance;
pub mod page;
#[path = "../../receivers/tests/protocol/requests.rs"]
pub mod requests;
pub mod sender;
pub mod sink;

use page::Page;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take before a test calls it broken.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A running weir.
pub struct Agent {
    child: Child,
    log: Arc<Log>,
    /// A folder of its own, `{dir}` in the configuration.
    pub dir: Arc<tempfile::TempDir>,
    pub grpc: u16,
    pub http: u16,
    pub metrics: u16,
    pub health: u16,
}

/// Receivers on `{grpc}` and `{http}`, and the metrics on `{metrics}`; exporters and pipelines are to follow.
pub const RECEIVING: &str = "
receivers:
  otlp:
    protocols:
      grpc: { endpoint: 127.0.0.1:{grpc} }
      http: { endpoint: 127.0.0.1:{http} }
";

/// The agent's own metrics on `{metrics}`: a value for `service.telemetry`.
pub const TELEMETRY: &str = "{ metrics: { readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: {metrics} } } } }] } }";

#[derive(Default)]
struct Log {
    text: Mutex<String>,
    grew: Condvar,
}

impl Agent {
    /// Starts weir on a configuration in which `{grpc}`, `{http}`, `{metrics}`, `{health}` stand for
    /// free ports and `{dir}` for an empty folder, and waits until it is ready.
    pub fn start(config: &str) -> Agent {
        let agent = Agent::spawn(config);
        agent.wait_for_log("Everything is ready");
        let config = std::fs::read_to_string(agent.dir.path().join("weir.yaml")).unwrap();
        assert_eq!(conformance::complaints(&conformance::parse(&config)), "");
        agent
    }

    /// The same without waiting.
    pub fn spawn(config: &str) -> Agent {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        Agent::launch(dir, free_ports(), config)
    }

    /// Starts it as the arguments of another program, in which `{dir}` is its folder; that program has to
    /// become weir, so that signals reach it. Does not wait until it is ready.
    pub fn spawn_under(program: &[&str], config: &str) -> Agent {
        Agent::launch_under(program, Arc::new(tempfile::tempdir().unwrap()), free_ports(), config)
    }

    /// Another one in its place when it has ended: the same folder and ports.
    pub fn restart(&mut self, config: &str) {
        self.restart_under(&[], config);
    }

    /// The same as the arguments of another program.
    pub fn restart_under(&mut self, program: &[&str], config: &str) {
        assert!(self.child.try_wait().unwrap().is_some(), "it still runs");
        let ports = [self.grpc, self.http, self.metrics, self.health];
        *self = Agent::launch_under(program, Arc::clone(&self.dir), ports, config);
        self.wait_for_log("Everything is ready");
    }

    /// Changes the configuration and asks it to start again with that; waits until it says `text` once more.
    pub fn reload(&self, config: &str, text: &str) {
        let said = |log: &str| log.matches(text).count();
        let before = said(&self.log());
        write_config(&self.dir, [self.grpc, self.http, self.metrics, self.health], config);
        self.signal("HUP");
        let log = self.log.text.lock().unwrap();
        let (log, timeout) =
            self.log.grew.wait_timeout_while(log, DEADLINE, |log| said(log) == before).unwrap();
        assert!(!timeout.timed_out(), "no other {text:?} in the log:\n{log}");
    }

    fn launch(dir: Arc<tempfile::TempDir>, ports: [u16; 4], config: &str) -> Agent {
        Agent::launch_under(&[], dir, ports, config)
    }

    fn launch_under(program: &[&str], dir: Arc<tempfile::TempDir>, ports: [u16; 4], config: &str) -> Agent {
        let [grpc, http, metrics, health] = ports;
        let file = write_config(&dir, ports, config);
        let folder = dir.path().to_str().unwrap();
        let mut words: Vec<_> = program.iter().map(|word| word.replace("{dir}", folder)).collect();
        words.extend([env!("CARGO_BIN_EXE_weir"), "run", "--config"].map(str::to_owned));
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}, which tests/setup installs: {error}", words[0]));
        let log = Arc::new(Log::default());
        let lines = BufReader::new(child.stderr.take().unwrap());
        let writer = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut text = writer.text.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
                writer.grew.notify_all();
            }
        });
        Agent { child, log, dir, grpc, http, metrics, health }
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.log.text.lock().unwrap().clone()
    }

    /// Waits until the log holds `text`.
    pub fn wait_for_log(&self, text: &str) {
        let log = self.log.text.lock().unwrap();
        let (log, timeout) =
            self.log.grew.wait_timeout_while(log, DEADLINE, |log| !log.contains(text)).unwrap();
        assert!(!timeout.timed_out(), "no {text:?} in the log:\n{log}");
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Asks it to stop; its exit code and whole log.
    pub fn stop(mut self) -> (i32, String) {
        self.signal("TERM");
        let code = self.wait();
        (code, self.log())
    }

    /// Waits for its end; the exit code, -1 for a signal.
    pub fn wait(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(start.elapsed() < DEADLINE, "weir does not stop:\n{}", self.log());
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// The metrics page.
    pub fn scrape(&self) -> String {
        http_get(self.metrics, "/metrics").1
    }

    /// The sum of all series of a metric, 0 where there is none.
    pub fn metric(&self, name: &str) -> f64 {
        Page::parse(&self.scrape()).sum(name, &[])
    }

    /// Where it receives OTLP/HTTP.
    pub fn http_address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.http).into()
    }

    /// Where it receives OTLP/gRPC.
    pub fn grpc_address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.grpc).into()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports that nobody listens on. Below those that the system hands out itself, each given once, and
/// from another place in every process: nothing takes one between here and the agent's own bind.
pub fn free_ports<const N: usize>() -> [u16; N] {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(211);
    let mut ports = std::iter::repeat_with(|| {
        let offset = first.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % 20_000;
        10_000 + u16::try_from(offset).unwrap()
    })
    .filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    std::array::from_fn(|_| ports.next().unwrap())
}

/// A plain GET; status and body.
pub fn http_get(port: u16, path: &str) -> (u16, String) {
    use std::io::{Read, Write};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// Asks again and again until `check` has an answer.
pub fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Writes an agent's configuration, with its ports and its directory in place.
fn write_config(dir: &tempfile::TempDir, ports: [u16; 4], config: &str) -> PathBuf {
    let mut config = config.replace("{dir}", dir.path().to_str().unwrap());
    for (name, port) in ["{grpc}", "{http}", "{metrics}", "{health}"].into_iter().zip(ports) {
        config = config.replace(name, &port.to_string());
    }
    let file = dir.path().join("weir.yaml");
    std::fs::write(&file, config).unwrap();
    file
}
