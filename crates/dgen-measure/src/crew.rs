//! Runs one phase of work on several threads, each with a scratch state of its own.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Hands the items that `next` yields to `work`, on at most `tasks` of the workers.
///
/// `next` runs under a lock, one caller at a time, so items are drawn in its order; `work` runs in parallel. The
/// calling thread is one of the workers, and the only one where one suffices. Where the system refuses a thread there are
/// fewer.
pub(crate) fn run<W: Send, T>(
    workers: &mut [W],
    tasks: usize,
    mut next: impl FnMut(&mut W) -> Option<T> + Send,
    work: impl Fn(&mut W, T) + Sync,
) {
    let crew = workers.len().min(tasks);
    let Some((own, others)) = workers[..crew].split_first_mut() else { return };
    if others.is_empty() {
        while let Some(item) = next(own) {
            work(own, item);
        }
        return;
    }
    let next = Mutex::new(next);
    let drain = |worker: &mut W| {
        loop {
            let item = (next.lock().unwrap_or_else(PoisonError::into_inner))(worker);
            let Some(item) = item else { break };
            work(worker, item);
        }
    };
    let drain = &drain;
    thread::scope(|scope| {
        for worker in others {
            let body = move || drain(worker);
            if thread::Builder::new().name("dgen-measure".into()).spawn_scoped(scope, body).is_err() {
                break;
            }
        }
        drain(own);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_once() {
        for threads in 0..5 {
            let mut sums = vec![0_u64; threads];
            let mut items = 0..1000_u64;
            run(&mut sums, 1000, |_| items.next(), |sum, item| *sum += item);
            assert_eq!(sums.iter().sum::<u64>(), if threads == 0 { 0 } else { 499_500 });
        }
    }
}
