//! `weir print-config`.

use super::{Failed, Sources, print, print_json};
use clap::{Args, ValueEnum};

/// What to print, and how.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    sources: Sources,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    /// How to treat secrets. There is no way to print them.
    #[arg(long, value_enum, default_value_t = Mode::Redacted)]
    mode: Mode,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Redacted,
}

/// Prints the effective configuration.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failed> {
    let Mode::Redacted = arguments.mode;
    let effective = arguments.sources.load()?.effective();
    match arguments.format {
        Format::Json => print_json(&effective),
        Format::Yaml => match serde_saphyr::to_string(&effective) {
            Ok(text) => print(&text),
            Err(error) => Err(Failed::because(&error)),
        },
    }
}
