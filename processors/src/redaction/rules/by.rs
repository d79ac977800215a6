//! What the operator's rules hide by, and its names.

/// What hid something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// It is not in `allowed_keys`.
    AllowedKeys,
    /// Its key is in `blocked_key_patterns`.
    BlockedKeys,
    /// It is in `blocked_values`.
    BlockedValues,
    /// It is longer than `max_value_size`.
    Size,
    /// A part of it could not be hidden, or not be looked for in linear time.
    Failed,
    /// It is a URL or a statement.
    Sanitizer,
    /// The custom detector with this number.
    Custom(usize),
}

impl By {
    /// The names of all but custom detectors, which follow them.
    pub const NAMES: [&'static str; 6] =
        ["allowed_keys", "blocked_key_patterns", "blocked_values", "max_value_size", "failed", "sanitizer"];

    /// The number of its name.
    pub fn number(self) -> usize {
        match self {
            By::AllowedKeys => 0,
            By::BlockedKeys => 1,
            By::BlockedValues => 2,
            By::Size => 3,
            By::Failed => 4,
            By::Sanitizer => 5,
            By::Custom(number) => Self::NAMES.len() + number,
        }
    }
}

/// Whether a name in metrics is taken by something that is no custom detector.
pub fn is_taken(name: &str) -> bool {
    By::NAMES.contains(&name)
}
