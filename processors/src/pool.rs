//! What a processor remembers from request to request.

use parking_lot::Mutex;

/// What is remembered: one for each request that is processed at the same time.
#[derive(Debug)]
pub struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        Pool(Mutex::default())
    }
}

impl<T: Default> Pool<T> {
    /// One that nobody uses; a new one if there is none.
    pub fn take(&self) -> T {
        self.0.lock().pop().unwrap_or_default()
    }

    /// Gives it back for the next request.
    pub fn give(&self, one: T) {
        self.0.lock().push(one);
    }
}
