//! `weir deadletter replay`.

use super::Chosen;
use super::select::{Found, Selection, cannot_write};
use crate::cli::{Failed, complain, print};
use clap::Args;
use component::ComponentId;
use component::settings::Duration;
use delivery::{Mark, MarkFile, Marks, request_replay};
use pdata::PartialSuccess;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

pub(super) const EXAMPLES: &str = "\
Examples:
  weir deadletter replay --config weir.yaml --exporter siem_http --wait 30s
  weir deadletter replay --config weir.yaml --id 17,18 --endpoint http://localhost:4318

Exit codes:
  0  asked for, or with --wait or --endpoint: delivered
  3  with --wait: not all of them were delivered in that time";

/// How often to look whether the agent is done.
const POLL: std::time::Duration = std::time::Duration::from_millis(100);

#[derive(Args)]
pub(in crate::cli) struct Replay {
    #[command(flatten)]
    chosen: Chosen,
    /// Send them from here to this OTLP/HTTP endpoint, without the path, instead of having the agent send
    /// them to their exporter. The agent's own endpoint puts them through its pipelines once more, to all
    /// of their exporters.
    #[arg(long, value_name = "URL", conflicts_with = "wait")]
    endpoint: Option<String>,
    /// Wait so long at most until the agent has sent them.
    #[arg(long, value_name = "DURATION", value_parser = Duration::parse)]
    wait: Option<Duration>,
}

impl Replay {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let selection = self.chosen.selection()?;
        match &self.endpoint {
            Some(endpoint) => send(selection, endpoint),
            None => self.ask(selection),
        }
    }

    /// Has the agent send them.
    fn ask(&self, selection: &Selection) -> Result<(), Failed> {
        let directory = selection.directory()?;
        let mut asked: BTreeMap<ComponentId, Vec<u64>> = BTreeMap::new();
        let mut tries = BTreeMap::new();
        for found in selection.find()? {
            let Found { kept, replays } = found?;
            asked.entry(kept.letter.exporter).or_default().push(kept.id);
            tries.insert(kept.id, replays);
        }
        for (exporter, ids) in &asked {
            request_replay(&directory, exporter, ids).map_err(|error| cannot_write(&directory, &error))?;
            print(&format!("{exporter}: {} dead letters to be replayed\n", ids.len()))?;
        }
        match self.wait {
            Some(wait) => wait_for(&directory, &tries, *wait),
            None if asked.is_empty() => print("0 dead letters to be replayed\n"),
            None => {
                complain(
                    "The agent sends them now if it runs, else at its next start. Those that are delivered leave the list.\n",
                );
                Ok(())
            }
        }
    }
}

/// Waits until each was delivered or rejected again.
fn wait_for(directory: &Path, tries: &BTreeMap<u64, u32>, wait: std::time::Duration) -> Result<(), Failed> {
    let begun = Instant::now();
    loop {
        let marks = Marks::read(directory).map_err(|error| Failed::because(&error))?;
        let delivered = tries.keys().filter(|id| marks.is_gone(**id)).count();
        let rejected =
            tries.iter().filter(|(id, before)| !marks.is_gone(**id) && marks.tries(**id) > **before);
        let rejected = rejected.count();
        let left = tries.len() - delivered - rejected;
        if left > 0 && begun.elapsed() < wait {
            std::thread::park_timeout(POLL);
            continue;
        }
        print(&format!("{delivered} delivered, {rejected} rejected again, {left} not sent yet\n"))?;
        return if delivered == tries.len() { Ok(()) } else { Err(Failed::UNFINISHED) };
    }
}

/// Sends them from here.
fn send(selection: &Selection, endpoint: &str) -> Result<(), Failed> {
    let directory = selection.directory()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::because(&error))?;
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build();
    let client = client.map_err(|error| Failed::because(&error))?;
    let mut marks = None;
    let (mut sent, mut rejected) = (0u64, 0u64);
    for found in selection.find()? {
        let kept = found?.kept;
        let request = kept.letter.request;
        let url = format!("{}/v1/{}", endpoint.trim_end_matches('/'), request.signal().as_str());
        let post = client.post(&url).header("content-type", "application/x-protobuf");
        let post = post.body(request.bytes().clone());
        let answer = runtime.block_on(async {
            let answer = post.send().await?;
            let status = answer.status();
            Ok((status, answer.bytes().await?))
        });
        let (status, body) = answer
            .map_err(|error: reqwest::Error| Failed::because(&format!("cannot reach {url}: {error}")))?;
        let refused = PartialSuccess::from_protobuf(body).is_ok_and(|partial| partial.rejected > 0);
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(Failed::because(&format!(
                "{url} answered {status} to dead letter {}; {sent} were delivered before it",
                kept.id
            )));
        }
        let mark = match status.is_success() && !refused {
            true => Mark::Replayed,
            false => Mark::Tried,
        };
        match mark {
            Mark::Replayed => sent += 1,
            Mark::Dropped | Mark::Tried => {
                rejected += 1;
                complain(&format!(
                    "dead letter {}: {url} answered {status} and does not take all of it\n",
                    kept.id
                ));
            }
        }
        let file = match &mut marks {
            Some(file) => file,
            none => {
                none.insert(MarkFile::create(&directory).map_err(|error| cannot_write(&directory, &error))?)
            }
        };
        file.write(mark, [kept.id]).map_err(|error| cannot_write(&directory, &error))?;
    }
    print(&format!("{sent} delivered, {rejected} rejected again\n"))?;
    if rejected == 0 { Ok(()) } else { Err(Failed::UNFINISHED) }
}
