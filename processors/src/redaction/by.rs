//! What the detectors' walk hides by, and its names.

use super::detectors::Detector;

/// What hid something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A detector found it.
    Detector(Detector),
    /// A part of it could not be hidden.
    Failed,
}

impl By {
    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Detector::ALL.iter().map(|detector| detector.name()).chain(["failed"])
    }

    /// The number of its name.
    pub fn number(self) -> usize {
        match self {
            By::Detector(detector) => detector as usize,
            By::Failed => Detector::ALL.len(),
        }
    }
}
