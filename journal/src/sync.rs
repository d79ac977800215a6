//! The lock and the conditions that threads block on. In this crate's own unit tests they are those of a
//! scheduler that tries interleavings ([`crate::model`]).

#[cfg(not(test))]
pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};

#[cfg(test)]
pub(crate) use scheduled::{Condvar, Mutex, MutexGuard};

/// shuttle's primitives with parking_lot's signatures.
#[cfg(test)]
mod scheduled {
    use shuttle::sync as shuttled;
    use std::ops::{Deref, DerefMut};
    use std::time::Instant;

    #[derive(Debug)]
    pub(crate) struct Mutex<T>(shuttled::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Mutex<T> {
            Mutex(shuttled::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            MutexGuard(self.0.lock().ok())
        }
    }

    /// Empty only while a condition is waited for.
    pub(crate) struct MutexGuard<'a, T>(Option<shuttled::MutexGuard<'a, T>>);

    #[allow(clippy::expect_used)]
    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0.as_ref().expect("the lock is held")
        }
    }

    #[allow(clippy::expect_used)]
    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_mut().expect("the lock is held")
        }
    }

    #[derive(Debug)]
    pub(crate) struct Condvar(shuttled::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Condvar {
            Condvar(shuttled::Condvar::new())
        }

        pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            if let Some(held) = guard.0.take() {
                guard.0 = self.0.wait(held).ok();
            }
        }

        /// Time does not pass: whoever counts on the pause to end is found out.
        pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _until: Instant) {
            self.wait(guard);
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }
    }
}
