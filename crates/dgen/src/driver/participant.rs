//! Threads that take part in a call.

use std::cell::Cell;

thread_local! {
    /// Whether this thread is running tasks of some call.
    pub(super) static RUNS_TASKS: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as running tasks while `work`, which must not panic, runs.
pub(super) fn as_participant(work: impl FnOnce()) {
    let before = RUNS_TASKS.replace(true);
    work();
    RUNS_TASKS.set(before);
}
