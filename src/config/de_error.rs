//! What serde says went wrong, without any value of the configuration in its text.

use super::tree::Step;
use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// What went wrong.
#[derive(Clone, Debug)]
pub enum What {
    /// A null where no section stands: the key counts as not given.
    Null,
    /// Another type was expected.
    Type {
        /// What was expected.
        expected: String,
        /// What was there.
        found: &'static str,
    },
    /// None of the words that are allowed.
    Choice {
        /// The words.
        valid: &'static [&'static str],
        /// What was there.
        found: String,
    },
    /// A key that must be given is not.
    Missing(&'static str),
    /// What the type itself says. May hold the value.
    Message(String),
}

/// What went wrong, and where once that is known. Boxed: results stay small.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    what: What,
    path: Option<Vec<Step>>,
    on_key: bool,
}

impl Error {
    /// An error that does not know yet where it happened.
    pub fn new(what: What) -> Error {
        Error(Box::new(Inner { what, path: None, on_key: false }))
    }

    /// At the value at `path`, unless it already knows better.
    pub fn at(mut self, path: impl FnOnce() -> Vec<Step>) -> Error {
        self.0.path.get_or_insert_with(path);
        self
    }

    /// At the key at `path`, unless it already knows better.
    pub fn at_key(mut self, path: impl FnOnce() -> Vec<Step>) -> Error {
        if self.0.path.is_none() {
            self.0.on_key = true;
        }
        self.at(path)
    }

    /// As [`What::Type`], when it says something of its own about a value that is not shown.
    pub fn without_message(mut self, expected: &str) -> Error {
        if let (What::Message(_), None) = (&self.0.what, &self.0.path) {
            self.0.what = What::Type { expected: expected.to_owned(), found: "something else" };
        }
        self
    }

    /// Whether only the type is wrong.
    pub fn is_type(&self) -> bool {
        matches!(self.0.what, What::Type { .. }) && self.0.path.is_none()
    }

    /// What, where (from where decoding began), and whether it is about the key.
    pub fn into_parts(self) -> (What, Vec<Step>, bool) {
        (self.0.what, self.0.path.unwrap_or_default(), self.0.on_key)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.what)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error::new(What::Message(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Error {
        Error::new(What::Type { expected: plain(&expected.to_string()), found: kind(found) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Error {
        let found = match kind(found) {
            "an integer" => "an integer out of range",
            kind => kind,
        };
        Error::new(What::Type { expected: plain(&expected.to_string()), found })
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Error {
        Error::new(What::Type { expected: plain(&expected.to_string()), found: "another number of items" })
    }

    fn unknown_variant(found: &str, valid: &'static [&'static str]) -> Error {
        Error::new(What::Choice { valid, found: found.to_owned() })
    }

    fn unknown_field(found: &str, valid: &'static [&'static str]) -> Error {
        Error::unknown_variant(found, valid)
    }

    fn missing_field(field: &'static str) -> Error {
        Error::new(What::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Error {
        Error::custom(format!("{field:?} is given twice, once under another name"))
    }
}

/// An expectation in the words of YAML instead of Rust's.
pub fn plain(expected: &str) -> String {
    let range = match expected {
        "a boolean" => "true or false",
        "u8" => "an integer from 0 to 255",
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "u64" | "usize" => "an integer that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "an integer",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "an integer that is at least 1",
        "path string" => "a path",
        _ if expected.starts_with("struct ") => "a map",
        _ if expected.starts_with("enum ") => "a word, or a map with one key",
        _ => expected,
    };
    range.to_owned()
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a truth value",
        Unexpected::Unsigned(_) => "an integer",
        Unexpected::Signed(value) if value < 0 => "a negative integer",
        Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a number with a fraction",
        Unexpected::Str(_) | Unexpected::Char(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "nothing",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        _ => "something else",
    }
}
