//! Work on several nodes at once: each group of processors has a job of its own.

use super::job::Job;
use super::participant::{RUNS_TASKS, as_participant};
use super::pool;
use crate::placement::{Group, Placement};
use std::panic::resume_unwind;

/// The tasks of one group.
pub(super) struct Part<'a> {
    pub(super) group: usize,
    /// Threads besides the caller's.
    pub(super) helpers: usize,
    pub(super) tasks: usize,
    pub(super) f: &'a (dyn Fn(usize) + Sync),
}

/// Calls each part's `f(0)` to `f(tasks - 1)`, each once, on threads that are kept on the processors of its group;
/// returns when all are done.
///
/// The caller takes part, kept there too meanwhile: first on the group that it runs on, then wherever work is left. So no
/// call waits for a thread that is busy with another.
pub(super) fn run(placement: &Placement, parts: &[Part<'_>]) {
    let jobs: Vec<Job<'_>> = parts.iter().map(|part| Job::new(part.tasks, part.f)).collect();
    if RUNS_TASKS.get() {
        for job in &jobs {
            as_participant(|| job.participate(|_| ()));
        }
    } else {
        run_on_homes(placement, parts, &jobs);
    }
    if let Some(payload) = jobs.into_iter().find_map(Job::into_panic) {
        resume_unwind(payload);
    }
}

fn run_on_homes(placement: &Placement, parts: &[Part<'_>], jobs: &[Job<'_>]) {
    let pools = pool::current();
    let group = |part: &Part<'_>| -> &Group { &placement.groups()[part.group] };
    let homes: Vec<_> = parts.iter().map(|part| pools.home(group(part), placement.system())).collect();
    let all = || parts.iter().zip(jobs).zip(&homes);
    let crews: Vec<_> = all().map(|((part, job), home)| home.assign(job, part.helpers)).collect();
    for ((_, job), home) in all() {
        home.wake_some(job);
    }
    let here = placement.system().cpu().and_then(|cpu| placement.group_of_cpu(cpu));
    let (own, others): (Vec<_>, Vec<_>) = all().partition(|((part, _), _)| Some(part.group) == here);
    let mut seat = placement.free_seat();
    for ((part, job), home) in own.into_iter().chain(others) {
        if job.has_work() {
            // Refused, the work is done from where the thread is.
            _ = seat.take(&group(part).cpus);
            as_participant(|| job.participate(|job| home.wake_some(job)));
        }
    }
    drop(seat);
    drop(crews);
}
