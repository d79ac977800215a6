//! Where in a request a walk is.

use super::count::Place;
use pdata::schema::Message;

/// Tells whose attribute something is.
#[derive(Debug)]
pub struct Whereabouts {
    /// The address where the attribute ends that the walk is inside of; what comes before belongs to `place`.
    inside: usize,
    place: Place,
}

impl Default for Whereabouts {
    fn default() -> Self {
        Whereabouts { inside: 0, place: Place::Field }
    }
}

impl Whereabouts {
    /// Where something is that stands in `raw`, a part of a message of type `of`.
    pub fn of(&self, of: &'static Message, raw: &[u8]) -> Place {
        match of.name {
            "KeyValueList" | "AnyValue" | "ArrayValue" => match address(raw) < self.inside {
                true => self.place,
                // Attributes are announced before the walk goes into them; a body is not.
                false => Place::Body,
            },
            "Resource" => Place::Resource,
            "InstrumentationScope" => Place::Scope,
            "Event" => Place::Event,
            "Link" => Place::Link,
            _ => Place::Attributes,
        }
    }

    /// The walk goes into an attribute, `raw` of a message of type `of`, or into an entry of a map.
    pub fn enter(&mut self, of: &'static Message, raw: &[u8]) {
        let place = self.of(of, raw);
        let end = address(raw) + raw.len();
        // A map within an attribute or a body belongs to where that is.
        if end > self.inside {
            (self.inside, self.place) = (end, place);
        }
    }
}

/// No pointer is read: the order of the slices of one request is the order in it.
pub fn address(slice: &[u8]) -> usize {
    slice.as_ptr() as usize
}
