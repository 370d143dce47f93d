//! Locks of state that no panic leaves half changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for a lock, also for one that a thread held when it panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
