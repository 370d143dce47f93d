//! One operation on threads that run anywhere.

use super::job::Job;
use super::participant::{RUNS_TASKS, as_participant};
use super::pool;
use super::threads::MAX_THREADS;
use std::panic::resume_unwind;

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
