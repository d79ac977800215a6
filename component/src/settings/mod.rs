//! Settings that several components share. Each type owns its spelling in YAML, its default and
//! its JSON Schema.

mod aliases;
mod attributes;
mod byte_size;
mod duration;
mod secret;
mod tls;

pub use aliases::aliases;
pub use attributes::{AttributeValue, Attributes};
pub use byte_size::ByteSize;
pub use duration::Duration;
pub use secret::{Headers, Secret, SecretReference};
pub use tls::ClientTls;

/// Something wrong with a setting that its type alone cannot tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, dotted from the component's own section: `sending_queue.batch.min_size`. Empty
    /// for the section as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn at(path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { path: path.into(), message: message.into() }
    }

    /// The same problem, seen from the section above.
    pub fn under(mut self, section: &str) -> Problem {
        self.path = match self.path.is_empty() {
            true => section.to_owned(),
            false => format!("{section}.{}", self.path),
        };
        self
    }
}

/// A component's or section's own rules, beyond what its types say.
pub trait Validate {
    /// Everything that is wrong, not only the first.
    fn validate(&self) -> Vec<Problem>;

    /// Everything that works, but hardly as it was meant.
    fn warnings(&self) -> Vec<Problem> {
        Vec::new()
    }
}
