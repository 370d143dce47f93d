//! Work on many things at once, each by one thread.

use super::placed::{self, Part};
use super::run::run;
use super::team::Team;
use std::sync::{Mutex, PoisonError};

/// Calls `f` with each item, on the threads of `team`, in about the order of the list.
///
/// Where threads are on several nodes, each takes the next item, whichever node its memory is on.
pub(crate) fn for_each_item<T: Send>(team: &Team, items: Vec<T>, f: &(dyn Fn(T) + Sync)) {
    let tasks = items.len();
    if tasks == 0 {
        return;
    }
    let queue = Mutex::new(items.into_iter());
    let serve = |_| {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        if let Some(item) = next {
            f(item);
        }
    };
    let Some((placement, groups)) = team.placed().filter(|(_, groups)| groups.len() == 1 || team.threads() > 1) else {
        run(team.threads().min(tasks), tasks, &serve);
        return;
    };
    let here = placement.system().cpu().and_then(|cpu| placement.group_of_cpu(cpu)).unwrap_or(0);
    let threads = placement.share_out(team.threads().min(tasks));
    let part = |group: usize| {
        let helpers = threads[group].saturating_sub(usize::from(group == here));
        Part { group, helpers, tasks, f: &serve }
    };
    let parts: Vec<Part<'_>> =
        (0..groups.len()).filter(|&group| group == here || threads[group] > 0).map(part).collect();
    placed::run(placement, &parts);
}
