//! The command line.

mod components;
mod deadletter;
mod journal;
mod print_config;
mod redact;
mod run;
mod send;

use crate::config::{self, Loaded, Process};
use clap::{Args, Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// A pipeline for security and audit telemetry: OTLP in, redacted security events out.
#[derive(Parser)]
#[command(name = "weir", version, propagate_version = true, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  weir run --config config.example.yaml
  weir validate --config base.yaml --config production.yaml
  weir run --config weir.yaml --set service.telemetry.logs.level=debug
  weir config schema > weir.schema.json

Exit codes:
  0  it worked
  1  the configuration is wrong, or running it failed; standard error says why
  2  the command line is wrong; weir journal: something in a journal is damaged
  3  it ran and stopped, but accepted records that were in memory only could not be delivered in time,
     or a part of it failed";

#[derive(Subcommand)]
enum Command {
    /// Runs the pipelines until SIGINT or SIGTERM. SIGHUP starts again with the configuration as it is now.
    #[command(after_help = "\
Examples:
  weir run --config weir.yaml
  weir run --config weir.yaml --set 'exporters.siem_http.endpoint=${env:SIEM_URL}'")]
    Run(Sources),
    /// Checks a configuration and starts nothing. Prints nothing when it is valid, except warnings.
    Validate(Sources),
    /// Lists the components that this build has, as YAML.
    Components,
    /// Prints the effective configuration: merged, expanded, defaults filled in, secrets redacted.
    #[command(visible_alias = "print-initial-config")]
    PrintConfig(print_config::Arguments),
    /// About the configuration's format.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// What destinations rejected for good: list it, show it, send it again, let go of it.
    #[command(subcommand)]
    Deadletter(Box<deadletter::Command>),
    /// Shows what redaction would hide, and what it covers.
    #[command(subcommand)]
    Redact(redact::Command),
    /// Sends sample audit events to an agent, to see its pipelines work.
    Send(send::Send),
    /// Looks at journals on disk, also while an agent writes them.
    #[command(subcommand)]
    Journal(journal::Command),
    /// Prints the version.
    Version,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints the JSON Schema of the configuration. Editors complete and check with it.
    #[command(after_help = "\
For editors that speak the YAML language server, begin the configuration with:
  # yaml-language-server: $schema=weir.schema.json")]
    Schema,
}

/// Where the configuration comes from.
#[derive(Args)]
struct Sources {
    /// A configuration: a path, file:PATH, env:NAME or 'yaml:a::b: value'. Several are merged in
    /// order: maps deeply, lists and scalars by the later one.
    #[arg(long = "config", value_name = "URI")]
    configs: Vec<String>,
    /// Sets one key after all configurations are merged; the value is YAML.
    #[arg(long = "set", value_name = "KEY.KEY=VALUE")]
    sets: Vec<String>,
}

impl Sources {
    /// Whether none was given.
    fn is_empty(&self) -> bool {
        self.configs.is_empty() && self.sets.is_empty()
    }

    /// Loads the configuration and prints what there is to say about it on standard error.
    fn load(&self) -> Result<Loaded, Failed> {
        let loaded = config::load(&self.configs, &self.sets, &Process);
        let report = match &loaded {
            Ok(loaded) => &loaded.report,
            Err(report) => report,
        };
        complain(&report.render(std::io::stderr().is_terminal()));
        match report.errors() {
            0 => {}
            1 => complain("Error: invalid configuration: 1 error\n"),
            errors => complain(&format!("Error: invalid configuration: {errors} errors\n")),
        }
        loaded.map_err(|_| Failed::PLAIN)
    }
}

/// Something failed, and standard error already says what. Holds the exit code.
struct Failed(u8);

impl Failed {
    /// It could not start, or could not do what was asked.
    const PLAIN: Failed = Failed(1);
    /// It did what was asked, and found damage.
    const DAMAGED: Failed = Failed(2);
    /// It ran, but ended with something left undone.
    const UNFINISHED: Failed = Failed(3);

    /// Says what failed.
    fn because(error: &dyn std::fmt::Display) -> Failed {
        complain(&format!("Error: {error}\n"));
        Failed::PLAIN
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(code)) => ExitCode::from(code),
    }
}

fn run(command: &Command) -> Result<(), Failed> {
    match command {
        Command::Run(sources) => run::run(sources),
        Command::Validate(sources) => sources.load().map(|_| ()),
        Command::Components => print(&components::yaml()),
        Command::PrintConfig(arguments) => print_config::run(arguments),
        Command::Config(ConfigCommand::Schema) => print_json(&config::schema()),
        Command::Deadletter(command) => command.run(),
        Command::Redact(command) => command.run(),
        Command::Send(send) => send.run(),
        Command::Journal(command) => command.run(),
        Command::Version => print(&format!("weir {}\n", env!("CARGO_PKG_VERSION"))),
    }
}

fn print_json(value: &serde_json::Value) -> Result<(), Failed> {
    print(&format!("{value:#}\n"))
}

/// Writes to standard output. A reader that went away, as `head` does, is no failure.
fn print(text: &str) -> Result<(), Failed> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failed::because(&error)),
        _ => Ok(()),
    }
}

/// Writes to standard error. There is nowhere to report that this failed.
fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
