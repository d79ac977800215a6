//! What a processor remembers from request to request.

use parking_lot::Mutex;
use std::fmt;

/// What is remembered: one for each request that is processed at the same time.
pub struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        Pool(Mutex::default())
    }
}

impl<T> fmt::Debug for Pool<T> {
    /// Shows nothing of what is remembered, which comes from requests.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
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
