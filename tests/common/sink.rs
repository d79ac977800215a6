//! An HTTP destination in the test's process: keeps every body, answers as told.

use super::sender::arrivals;
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decompressed.
    pub body: Vec<u8>,
}

impl Received {
    fn holds(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// How to answer a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// This status, with these header lines.
    Status(u16, &'static str),
    /// Close the connection without an answer.
    Reset,
    /// Take the request and say nothing until told to answer otherwise; then close the connection.
    Stall,
}

/// Answers 200 to everything unless told otherwise.
pub struct Sink {
    pub port: u16,
    state: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn wait_while_stalled(&self) {
        let stalled = |state: &mut State| matches!(state.always, Some(Answer::Stall));
        drop(self.changed.wait_while(self.lock(), stalled).unwrap());
    }
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// For the next requests; 200 once it is empty.
    answers: VecDeque<Answer>,
    /// For every request, when set.
    always: Option<Answer>,
    /// What makes a request be answered with 400.
    poison: Option<&'static str>,
    /// Requests that were read, however they were answered.
    seen: usize,
}

impl Sink {
    pub fn start() -> Sink {
        Sink::start_on(0)
    }

    pub fn start_on(port: u16) -> Sink {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<Shared>::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Sink { port, state }
    }

    /// Answers the next requests with these, then 200.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.lock().answers.extend(answers);
    }

    /// Answers every request like this; `None` for 200.
    pub fn answer_always(&self, answer: Option<Answer>) {
        self.state.lock().always = answer;
        self.state.changed.notify_all();
    }

    /// Rejects every request whose body has this text; `None` for none.
    pub fn reject(&self, poison: Option<&'static str>) {
        self.state.lock().poison = poison;
    }

    /// How many requests it has read, however they were answered.
    pub fn seen(&self) -> usize {
        self.state.lock().seen
    }

    /// How often the record of each number was answered with 200.
    pub fn arrivals(&self) -> BTreeMap<u64, u32> {
        arrivals(self.state.lock().received.iter().map(|request| request.body.as_slice()))
    }

    /// What was answered with 200 so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().received.clone()
    }

    /// The text of all bodies.
    pub fn text(&self) -> String {
        self.received().iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect()
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let answer = {
            let mut state = shared.lock();
            state.seen += 1;
            let answer = match state.always.clone() {
                Some(answer) => answer,
                None if state.poison.is_some_and(|text| request.holds(text)) => Answer::Status(400, ""),
                None => state.answers.pop_front().unwrap_or(Answer::Status(200, "")),
            };
            if matches!(answer, Answer::Status(200, _)) {
                state.received.push(request);
            }
            answer
        };
        let (status, headers) = match answer {
            Answer::Status(status, headers) => (status, headers),
            Answer::Reset => return,
            Answer::Stall => return shared.wait_while_stalled(),
        };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{headers}\r\n");
        if writer.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header =
        |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    match header("transfer-encoding") {
        Some("chunked") => loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let len = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut chunk = vec![0; len + 2];
            reader.read_exact(&mut chunk).ok()?;
            if len == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..len]);
        },
        _ => {
            body.resize(header("content-length").map_or(0, |len| len.parse().unwrap()), 0);
            reader.read_exact(&mut body).ok()?;
        }
    }
    if header("content-encoding") == Some("gzip") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(body.as_slice()).read_to_end(&mut plain).ok()?;
        body = plain;
    }
    Some(Received { path, headers, body })
}
