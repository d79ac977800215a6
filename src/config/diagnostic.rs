//! One thing that is wrong, or worth knowing, about the configuration.

use super::tree::{Key, Node, Origin};

/// Whether weir starts all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does not.
    Error,
    /// It does.
    Warning,
}

/// What is wrong, where, and what to do. Holds no value that came from outside the configuration.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Whether weir starts all the same.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub origin: Option<Origin>,
    /// What to say at the place itself.
    pub label: Option<String>,
    /// Other places that matter.
    pub also: Vec<(Origin, String)>,
    /// What else to know.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<String>,
    /// What must not be shown of the lines around it.
    pub hidden: Vec<Origin>,
    /// The text could not be parsed, so nobody knows which part of the line is a secret.
    pub syntax: bool,
}

impl Diagnostic {
    /// An error without a place.
    pub fn unplaced(message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            origin: None,
            label: None,
            also: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            hidden: Vec::new(),
            syntax: false,
        }
    }

    /// An error at `origin`.
    pub fn error(message: impl Into<String>, origin: Origin) -> Diagnostic {
        Diagnostic { origin: Some(origin), ..Diagnostic::unplaced(message) }
    }

    /// An error about a value; says so when the value came from outside and is not shown.
    pub fn about(message: impl Into<String>, node: &Node) -> Diagnostic {
        let error = Diagnostic::error(message, node.origin);
        match &node.expanded {
            Some(expanded) => {
                error.note(format!("the value that {} stands for is not shown", expanded.written))
            }
            None => error,
        }
    }

    /// An error about a key. Its value is of no interest, and may be a secret under a misspelt key.
    pub fn about_key(message: impl Into<String>, key: &Key, value: &Node) -> Diagnostic {
        Diagnostic::error(message, key.origin).hiding(value.origin)
    }

    /// A warning at `origin`.
    pub fn warning(message: impl Into<String>, origin: Option<Origin>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, origin, ..Diagnostic::unplaced(message) }
    }

    /// With a label at the place.
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    /// With another place.
    pub fn also(mut self, origin: Origin, label: impl Into<String>) -> Diagnostic {
        self.also.push((origin, label.into()));
        self
    }

    /// With something else to know.
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// With something to do.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.helps.push(help.into());
        self
    }

    /// With the valid choices, and the one that was probably meant. A `typed` that may be a secret
    /// is not passed.
    pub fn choices<'c>(self, what: &str, typed: Option<&str>, choices: &[&'c str]) -> Diagnostic {
        let mut sorted: Vec<&'c str> = choices.to_vec();
        // Of two spellings that differ in case only the lower one is the one to show.
        sorted.sort_unstable_by_key(|choice| (choice.to_lowercase(), std::cmp::Reverse(*choice)));
        sorted.dedup_by_key(|choice| choice.to_lowercase());
        let suggestion = typed.and_then(|typed| closest(typed, &sorted));
        let listed = match sorted.is_empty() {
            true => self.note(format!("there are no {what}")),
            false => self.note(format!("{what}: {}", sorted.join(", "))),
        };
        match suggestion {
            Some(suggestion) => listed.help(format!("did you mean `{suggestion}`?")),
            None => listed,
        }
    }

    /// Without showing what `origin` covers.
    pub fn hiding(mut self, origin: Origin) -> Diagnostic {
        self.hidden.push(origin);
        self
    }

    /// As an error of the YAML syntax.
    pub fn at_syntax(mut self) -> Diagnostic {
        self.syntax = true;
        self
    }
}

/// The choice that `typed` is a slip of: at most a third of its letters differ.
pub fn closest<'c>(typed: &str, choices: &[&'c str]) -> Option<&'c str> {
    let typed = typed.to_lowercase();
    // A long text is no slip of a key, and the distance takes quadratic time.
    if typed.len() > 64 {
        return None;
    }
    choices
        .iter()
        .map(|choice| (strsim::osa_distance(&typed, &choice.to_lowercase()), *choice))
        .filter(|(distance, choice)| *distance <= choice.len().max(typed.len()).div_ceil(3).min(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_different_word_is_not() {
        let choices = ["endpoint", "compression", "tls"];
        assert_eq!(closest("endpont", &choices), Some("endpoint"));
        assert_eq!(closest("Compresion", &choices), Some("compression"));
        assert_eq!(closest("tsl", &choices), Some("tls"));
        assert_eq!(closest("password", &choices), None);
    }
}
