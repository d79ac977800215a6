//! Secrets that commands take without a name: `sshpass -p x`, `mysql -px`, `curl -u maria:x`;
//! of those that have one, `--password x`, see [`option`].

mod arguments;
mod commands;

use super::assignment::option::is_prose;
use super::assignment::quotes::quote_at;
use super::assignment::says_nothing;
use super::boundary::before;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use arguments::{Argument, arguments};
use commands::{COMMANDS, SIGNS};
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::CommandLine, look: Look::Literals(SIGNS, find) };

/// A command that takes secrets without a name.
#[derive(Debug)]
pub struct Command {
    /// Its name, and that of what it does where only that takes one.
    name: &'static str,
    /// Whether others begin with the same name and take them in the same way: `mysqldump`.
    family: bool,
    secrets: &'static [At],
}

/// Where a command takes a secret.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Behind this option.
    Option(&'static str),
    /// In the same argument behind this.
    Glued(&'static str),
    /// Behind this option and a user's name that ends with this sign.
    User(&'static str, u8),
    /// Behind a user's name and a slash, up to an at sign.
    Account,
    /// The second argument.
    Second,
}

/// What an argument says by itself.
#[derive(Debug, PartialEq, Eq)]
pub enum Says {
    /// A secret stands in it there.
    Here(Range<usize>),
    /// The next argument is one, or has one behind this sign.
    Next(Option<u8>),
}

impl Command {
    const fn of(name: &'static str, secrets: &'static [At]) -> Command {
        Command { name, family: false, secrets }
    }

    const fn family(name: &'static str, secrets: &'static [At]) -> Command {
        Command { family: true, ..Command::of(name, secrets) }
    }

    /// The command that a text is the name or the path of.
    pub fn named(text: &[u8]) -> Option<&'static Command> {
        if text.len() > LONGEST_PATH {
            return None;
        }
        let name = text.iter().rposition(|byte| b"/\\".contains(byte)).map_or(0, |slash| slash + 1);
        COMMANDS.iter().find(|command| {
            text.get(name..).is_some_and(|file| file.starts_with(command.name.as_bytes()))
                && command.end(text, name + command.name.len()) == text.len()
        })
    }

    /// Where its name ends, what its family adds and `.exe` included, that begins with what ends at `at`.
    fn end(&self, text: &[u8], at: usize) -> usize {
        let end = at
            + if self.family {
                FAMILY.run(text.get(..text.len().min(at + 32)).unwrap_or_default(), at)
            } else {
                0
            };
        end + if text.get(end..).is_some_and(|rest| rest.starts_with(b".exe")) { 4 } else { 0 }
    }

    /// The command whose name begins at `start`, and where its arguments begin.
    fn at(text: &[u8], start: usize) -> Option<(&'static Command, usize)> {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if before(text, start).is_some_and(is_of_name)
            || !text.get(start).is_some_and(|first| FIRST.has(*first))
        {
            return None;
        }
        let rest = text.get(start..)?;
        let command = COMMANDS.iter().find(|command| rest.starts_with(command.name.as_bytes()))?;
        let end = command.end(text, start + command.name.len());
        let end = end + quote_at(text, end).unwrap_or_default().len();
        text.get(end).is_some_and(|byte| b" \t,".contains(byte)).then_some((command, end))
    }

    /// What one of its arguments says.
    pub fn says(&self, argument: &[u8]) -> Option<Says> {
        self.secrets.iter().find_map(|at| match *at {
            At::Option(option) => (argument == option.as_bytes()).then_some(Says::Next(None)),
            At::Glued(option) => {
                let rest = argument.strip_prefix(option.as_bytes())?;
                rest.iter().any(u8::is_ascii_alphanumeric).then_some(Says::Here(option.len()..argument.len()))
            }
            At::User(option, sign) => match argument.strip_prefix(option.as_bytes())? {
                [] => Some(Says::Next(Some(sign))),
                rest if option.len() == 2 => {
                    let start = option.len() + behind(rest, sign)?;
                    Some(Says::Here(start..argument.len()))
                }
                _ => None,
            },
            At::Account => {
                let start = behind(argument, b'/').filter(|start| *start > 1)?;
                let rest = argument.get(start..).filter(|rest| !rest.contains(&b'/'))?;
                let end = rest.iter().rposition(|byte| *byte == b'@').unwrap_or(rest.len());
                argument.first()?.is_ascii_alphanumeric().then_some(Says::Here(start..start + end))
            }
            At::Second => None,
        })
    }

    /// Which of its arguments, or parts of them, are secrets.
    fn secrets_in(&self, text: &[u8], arguments: &[Argument]) -> Vec<Argument> {
        let said = |argument: &Argument| text.get(argument.range.clone()).unwrap_or_default();
        let second = arguments.get(1).filter(|_| self.secrets.iter().any(|at| matches!(at, At::Second)));
        let secret = |(at, argument): (usize, &Argument)| match self.says(said(argument))? {
            Says::Here(part) => Some(argument.part(part)),
            Says::Next(sign) => {
                let next = arguments.get(at + 1)?;
                let start = sign.map_or(Some(0), |sign| behind(said(next), sign))?;
                Some(next.part(start..next.range.len()))
            }
        };
        let second = second.map(|second| second.part(0..second.range.len()));
        arguments.iter().enumerate().filter_map(secret).chain(second).collect()
    }
}

/// What stands behind the first of these signs.
fn behind(text: &[u8], sign: u8) -> Option<usize> {
    Some(text.iter().position(|byte| *byte == sign)? + 1)
}

/// Looks at the arguments of the command that a sign at `sign` belongs to.
fn find(text: &[u8], sign: Range<usize>, hits: &mut Hits) {
    let reach = hits.reach(Detector::CommandLine);
    hits.pass(sign.end, Detector::CommandLine);
    // What stands further back has been looked at. Of two commands one may be an argument of the other.
    let from = sign.start.saturating_sub(FURTHEST).max(reach);
    for (command, end) in (from..sign.end).rev().filter_map(|start| Command::at(text, start)).take(2) {
        let arguments = arguments(text, end);
        command.secrets_in(text, &arguments).iter().for_each(|secret| push(text, secret, hits));
        if let Some(last) = arguments.last() {
            hits.pass(last.range.end, Detector::CommandLine);
        }
    }
}

/// How far before an option its command is looked for, in bytes.
const FURTHEST: usize = 512;

/// Hides a secret, unless it is no more than the name of one.
fn push(text: &[u8], secret: &Argument, hits: &mut Hits) {
    let found = text.get(secret.range.clone()).unwrap_or_default();
    let is_other = !secret.in_quotes
        && (is_variable(found) || is_prose(text.get(secret.range.start..).unwrap_or_default()))
        || found.starts_with(b"-")
        || says_nothing(found);
    if !is_other {
        hits.push_ahead(secret.range.clone(), Detector::CommandLine);
    }
}

/// Whether a shell puts something else there: `$PASSWORD`, `%PASSWORD%`.
fn is_variable(value: &[u8]) -> bool {
    match value {
        [b'$', next, ..] => next.is_ascii_alphabetic() || b"{(_".contains(next),
        [b'%', .., b'%'] => true,
        _ => false,
    }
}

/// How long the path of a command is at most, in bytes; most texts are no path.
const LONGEST_PATH: usize = 128;

/// What the names of commands begin with.
static FIRST: ByteSet = {
    let (mut set, mut rest) = (ByteSet::of(b""), COMMANDS);
    while let [first, behind @ ..] = rest {
        set = set.and(first.name.as_bytes().split_at(1).0);
        rest = behind;
    }
    set
};

/// What the names of a family go on with.
static FAMILY: ByteSet = ByteSet::of(b"abcdefghijklmnopqrstuvwxyz0123456789-");

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/redaction.md");

    impl std::fmt::Display for At {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                At::Option(option) => write!(f, "`{option} x`"),
                At::Glued(option) => write!(f, "`{option}x`"),
                At::User(option, sign) => write!(f, "`{option} maria{}x`", char::from(*sign)),
                At::Account => f.write_str("`maria/x`, `maria/x@db`"),
                At::Second => f.write_str("`maria x`"),
            }
        }
    }

    #[test]
    fn the_documentation_names_all_commands() {
        let row = |command: &Command| {
            let secrets: Vec<_> = command.secrets.iter().map(At::to_string).collect();
            let more = if command.family { "…" } else { "" };
            format!("| `{}`{more} | {} |\n", command.name, secrets.join(", "))
        };
        let rows: String = COMMANDS.iter().map(row).collect();
        let table = format!("<!-- commands -->\n| command | takes |\n| --- | --- |\n{rows}");
        let docs = std::fs::read_to_string(DOCS).unwrap();
        let (head, rest) = docs.split_once("<!-- commands -->\n").unwrap();
        let (_, tail) = rest.split_once("<!-- /commands -->").unwrap();
        let expected = [head, &table, "<!-- /commands -->", tail].concat();
        if std::env::var_os("WEIR_UPDATE_DOCS").is_some() {
            std::fs::write(DOCS, expected).unwrap();
        } else {
            assert!(docs == expected, "`WEIR_UPDATE_DOCS=1` in front of this test writes the table anew");
        }
    }

    #[test]
    fn every_command_has_a_sign_by_which_it_is_found() {
        for command in COMMANDS {
            for at in command.secrets {
                let sign = match at {
                    At::Option(option) | At::Glued(option) | At::User(option, _)
                        if option.starts_with('-') =>
                    {
                        *option
                    }
                    // Behind an option: `-passin pass:x`.
                    At::Glued(_) => "-p",
                    _ => command.name,
                };
                let is_sought = SIGNS.iter().any(|known| format!(" {sign} ").contains(known));
                assert!(is_sought, "{} {sign}", command.name);
            }
        }
    }
}
