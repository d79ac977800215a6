//! `weir deadletter`: what destinations rejected for good, and what becomes of it.
//!
//! Everything here works while an agent runs and while none does. Reading takes no lock, and what is said
//! of a letter goes into files of its own, which the agent looks at every second.

mod replay;
mod select;
mod stats;
mod text;

use super::{Failed, complain, print};
use clap::{Args, Subcommand};
use delivery::{Mark, MarkFile};
use select::Selection;
use text::{as_json, describe, headline, line};

/// What to do with dead letters.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Lists them, oldest first, one a line. Shows nothing of what is in them.
    List(Shown),
    /// Shows what is known of each, and with --payload the records themselves.
    Show(Show),
    /// Sends them again: through the running agent to the exporter that gave them up, or to an endpoint.
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::Replay),
    /// Lets go of them. They are not listed or sent any more; their bytes leave the disk with the file
    /// that they are in.
    Drop(Chosen),
    /// Counts them by exporter, pipeline and reason.
    Stats(Shown),
}

/// Which letters, and in which form.
#[derive(Args)]
pub(super) struct Shown {
    #[command(flatten)]
    selection: Selection,
    /// JSON instead of text, an object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    shown: Shown,
    /// The records too, as OTLP/JSON. They are what the application sent, redacted, and may be confidential.
    #[arg(long)]
    payload: bool,
}

/// Which letters to change: some, or explicitly all.
#[derive(Args)]
pub(super) struct Chosen {
    #[command(flatten)]
    selection: Selection,
    /// All of them.
    #[arg(long)]
    all: bool,
}

impl Chosen {
    /// The selection, unless that is everything by mistake.
    fn selection(&self) -> Result<&Selection, Failed> {
        if self.selection.is_everything() && !self.all {
            return Err(Failed::because(
                &"name the dead letters (--id, --exporter, --reason, …), or say --all",
            ));
        }
        Ok(&self.selection)
    }
}

impl Command {
    pub(super) fn run(&self) -> Result<(), Failed> {
        match self {
            Command::List(shown) => list(shown),
            Command::Show(show) => show.run(),
            Command::Replay(replay) => replay.run(),
            Command::Drop(chosen) => drop_letters(chosen),
            Command::Stats(shown) => stats::run(&shown.selection, shown.json),
        }
    }
}

fn list(shown: &Shown) -> Result<(), Failed> {
    let mut listed = 0;
    for found in shown.selection.find()? {
        let found = found?;
        match shown.json {
            true => print(&format!("{}\n", as_json(&found)))?,
            false => {
                if listed == 0 {
                    print(headline())?;
                }
                print(&line(&found))?;
            }
        }
        listed += 1;
    }
    if listed == 0 && !shown.json {
        complain("no dead letters\n");
    }
    Ok(())
}

impl Show {
    fn run(&self) -> Result<(), Failed> {
        for found in self.shown.selection.find()? {
            let found = found?;
            let payload = match self.payload {
                true => Some(text::payload(&found.kept.letter.request)?),
                false => None,
            };
            if self.shown.json {
                let mut json = as_json(&found);
                if let (Some(payload), Some(object)) = (payload, json.as_object_mut()) {
                    object.insert("payload".into(), payload);
                }
                print(&format!("{json}\n"))?;
            } else {
                print(&describe(&found))?;
                if let Some(payload) = payload {
                    print(&format!("{payload:#}\n"))?;
                }
            }
        }
        Ok(())
    }
}

fn drop_letters(chosen: &Chosen) -> Result<(), Failed> {
    let selection = chosen.selection()?;
    let ids = selection.find()?.map(|found| Ok(found?.kept.id)).collect::<Result<Vec<u64>, Failed>>()?;
    if !ids.is_empty() {
        let directory = selection.directory()?;
        let marked = MarkFile::create(&directory).and_then(|mut file| file.write(Mark::Dropped, ids.clone()));
        marked.map_err(|error| select::cannot_write(&directory, &error))?;
    }
    print(&format!("{} dead letters dropped\n", ids.len()))
}
