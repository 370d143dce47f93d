//! Runs the pieces of one operation on several threads, on threads of its own that live as long as the process.
//!
//! Threads start at the first call that needs them, wait without using a processor, and belong to one process:
//! after `fork` the child starts its own. A call never waits for a busy thread; it does the work itself instead.

pub mod audit;
mod caches;
mod chunk;
mod job;
mod placed;
mod pool;
mod shares;
mod spans;
mod team;
mod threads;

#[cfg(all(test, unix, not(miri)))]
mod fork_test;
#[cfg(test)]
mod placed_tests;
#[cfg(test)]
mod tests;

pub(crate) use caches::exceeds_caches;
pub use caches::last_level_bytes;
pub use chunk::chunk_size;
pub use shares::PARALLEL_FROM;
pub(crate) use shares::{Grid, SHARE, alone, fill_grid, for_each_share};
pub use team::Team;
pub use threads::{MAX_THREADS, default_threads, resolve_threads};

use job::Job;
use std::cell::Cell;
use std::panic::resume_unwind;

thread_local! {
    /// Whether this thread is running tasks of some call.
    static RUNS_TASKS: Cell<bool> = const { Cell::new(false) };
}

/// Calls `f(0)` to `f(tasks - 1)`, each once, on up to `threads` threads including the caller; returns when all are done.
///
/// Tasks are handed out one by one, in ascending order, to whoever is free. The number of threads is a bound, not a
/// promise: it is at most [`MAX_THREADS`] and `tasks`, and less when other calls keep threads busy or the system
/// refuses to start one; 0 and 1 both mean the caller alone. A call made by a task runs on that task's thread alone.
/// So tasks must not wait for each other. They must not call `fork` either: the child would wait for threads that
/// it does not have.
///
/// # Panics
/// When tasks panic: the first panic caught goes on in the caller, after every task has run.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// let sum = AtomicUsize::new(0);
/// dgen::driver::run(4, 100, &|task| {
///     sum.fetch_add(task, Ordering::Relaxed);
/// });
/// assert_eq!(sum.into_inner(), 4950);
/// ```
pub fn run(threads: usize, tasks: usize, f: &(dyn Fn(usize) + Sync)) {
    let job = Job::new(tasks, f);
    let helpers = threads.min(tasks).min(MAX_THREADS).saturating_sub(1);
    if helpers == 0 || RUNS_TASKS.get() {
        as_participant(|| job.participate(|_| ()));
    } else {
        let pool = &pool::current().free;
        let crew = pool.assign(&job, helpers);
        as_participant(|| job.participate(|job| pool.wake_some(job)));
        drop(crew);
    }
    if let Some(payload) = job.into_panic() {
        resume_unwind(payload);
    }
}

/// The number of worker threads that this process has started; callers' own threads are not counted.
pub fn worker_count() -> usize {
    pool::existing().map_or(0, pool::Pools::len)
}

/// Marks this thread as running tasks while `work`, which must not panic, runs.
fn as_participant(work: impl FnOnce()) {
    let before = RUNS_TASKS.replace(true);
    work();
    RUNS_TASKS.set(before);
}
