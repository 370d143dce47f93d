//! Locks whose content is sound whatever happened to the thread that had them.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The content of a mutex, also where a thread panicked with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same of one that nobody shares any more.
pub(crate) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}
