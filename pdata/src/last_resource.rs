//! One sender's requests mostly have the same resource, so what was found out of it need not be found out again.

/// The resource that came last. Not `Debug`, as it holds attributes.
#[derive(Default)]
pub struct LastResource(Option<Vec<u8>>);

impl LastResource {
    /// The largest that is kept, in bytes; a larger one is never the same.
    const LARGEST: usize = 64 << 10;

    /// Whether this is the same resource, byte for byte. If not, it is the last one from now on.
    pub fn is(&mut self, resource: &[u8]) -> bool {
        if self.0.as_ref().is_some_and(|last| last == resource) {
            return true;
        }
        self.0 = (resource.len() <= LastResource::LARGEST).then(|| resource.to_vec());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_last_is_the_same_and_what_is_too_large_never_is() {
        let mut last = LastResource::default();
        let (small, large) = (b"a".as_slice(), vec![0; LastResource::LARGEST + 1]);
        let came = [b"", b"", small, small, b"", small, &large, &large, b"", small];
        let same: Vec<bool> = came.map(|resource| last.is(resource)).into();
        assert_eq!(same, [false, true, false, true, false, false, false, false, false, false]);
    }
}
