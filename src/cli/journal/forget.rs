//! `weir journal forget`.

use super::{Failed, Journals, print};
use clap::Args;
use journal::{Journal, OpenError, Settings, Storage};

/// Whom to forget, and where.
#[derive(Args)]
pub(in crate::cli) struct Arguments {
    /// The reader, as `weir journal status` shows it.
    name: String,
    #[command(flatten)]
    journals: Journals,
}

impl Arguments {
    /// Opens the journal as an agent would: its lock keeps the agent away meanwhile.
    pub(super) fn run(&self) -> Result<(), Failed> {
        let found = self.journals.one()?;
        // Large, so that nothing has to give way.
        let settings = Settings { max_bytes: usize::MAX / 2, ..Settings::default() };
        let journal = Journal::open(&found.directory, Storage::default(), settings);
        let journal = journal.map_err(|error| match &error {
            OpenError::Locked(directory) => Failed::because(&format!(
                "journal {} is in use: stop the agent first, and start it again afterwards",
                directory.display()
            )),
            _ => Failed::because(&error),
        })?;
        let readers = journal.unclaimed_cursors();
        let Some(reader) = readers.iter().find(|reader| reader.name == self.name) else {
            let names: Vec<&str> = readers.iter().map(|reader| reader.name.as_str()).collect();
            let names = names.join(", ");
            return Err(Failed::because(&format!(
                "{} is no reader of this journal; its readers: {names}",
                self.name
            )));
        };
        journal.forget(&self.name);
        journal.finish();
        let records = reader.waiting.records;
        print(&format!("forgot {}, for which {records} records waited\n", self.name))
    }
}
