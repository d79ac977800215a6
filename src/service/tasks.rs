//! Tasks and those who own them.

use tokio::task::{JoinError, JoinSet};

/// Waits for all of them.
///
/// # Panics
///
/// When one of them has.
pub async fn join_all<T: 'static>(tasks: &mut JoinSet<T>) {
    while let Some(ended) = tasks.join_next().await {
        own(ended);
    }
}

/// Takes a task's end. A panic goes on here: somebody has to notice.
pub fn own<T>(ended: Result<T, JoinError>) {
    if let Err(failed) = ended
        && let Ok(panic) = failed.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}
