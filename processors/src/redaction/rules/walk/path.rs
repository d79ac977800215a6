//! The keys that the walk is inside of.

use crate::redaction::whereabouts::address;

/// How much is known of them, in bytes: those that are nearest.
const LONGEST: usize = 1024;

/// The attributes and entries that the walk is inside of, each with the address where it ends and its keys with dots between.
#[derive(Default)]
pub struct Path(Vec<(usize, String)>);

impl Path {
    /// Leaves the attributes that end before `raw` begins.
    pub fn come_to(&mut self, raw: &[u8]) {
        while self.0.pop_if(|(end, _)| *end <= address(raw)).is_some() {}
    }

    /// Goes into an attribute or an entry, `raw`.
    pub fn enter(&mut self, raw: &[u8], key: &str) {
        let mut path = match self.keys() {
            Some(path) => format!("{path}.{key}"),
            None => key.to_owned(),
        };
        // Every value in it has it before its own key, and there may be many.
        path.drain(..path.ceil_char_boundary(path.len().saturating_sub(LONGEST)));
        self.0.push((address(raw) + raw.len(), path));
    }

    /// Whether the walk is inside of none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys.
    pub fn keys(&self) -> Option<&str> {
        self.0.last().map(|(_, path)| path.as_str())
    }

    /// The outermost key.
    pub fn attribute(&self) -> Option<&str> {
        self.0.first().map(|(_, path)| path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_that_the_walk_is_inside_of_and_the_nearest_where_they_are_many() {
        let request = [0; 10];
        let [part, inner, behind_inner, behind] =
            [0..8, 2..6, 6..7, 8..9].map(|range| request.get(range).unwrap_or_default());
        let mut path = Path::default();
        path.enter(part, "a");
        path.enter(inner, "b");
        assert_eq!((path.attribute(), path.keys()), (Some("a"), Some("a.b")));
        path.come_to(behind_inner);
        assert_eq!(path.keys(), Some("a"));
        path.enter(behind_inner, &"é".repeat(LONGEST));
        assert_eq!(path.keys(), Some("é".repeat(LONGEST / 2).as_str()));
        path.come_to(behind);
        assert!(path.is_empty());
    }
}
