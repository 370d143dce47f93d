//! Threads that take one file after another.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use dgen::{Error, ErrorKind, Result};
use dgen_io::{RankShare, Watch};

use crate::draw::part_of;

/// What all threads came to.
pub(crate) struct Crew<S> {
    /// What each of them gathered.
    pub(crate) gathered: Vec<S>,
    /// The failure of the first thing, in order, that failed; or that the caller asked to stop.
    pub(crate) error: Option<Error>,
}

/// Has `threads` threads do things in ascending order; after a failure, none is begun.
pub(crate) fn each<S: Default + Send>(
    threads: usize,
    things: Range<usize>,
    watch: Watch<'_>,
    work: impl Fn(&mut S, usize) -> Result<()> + Sync,
) -> Crew<S> {
    let next = AtomicUsize::new(things.start);
    let failure: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let run = || {
        let mut gathered = S::default();
        loop {
            let thing = next.fetch_add(1, Ordering::Relaxed);
            if thing >= things.end {
                return gathered;
            }
            let done = if watch.is_cancelled() { Err(interrupted()) } else { work(&mut gathered, thing) };
            if let Err(error) = done {
                next.store(things.end, Ordering::Relaxed);
                let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                if first.as_ref().is_none_or(|(earlier, _)| thing < *earlier) {
                    *first = Some((thing, error));
                }
            }
        }
    };
    let mut gathered = Vec::new();
    thread::scope(|scope| {
        // Where the system refuses a thread, those that there are do its part.
        let start = |number| thread::Builder::new().name(format!("dgen-files-{number}")).spawn_scoped(scope, run).ok();
        let others: Vec<_> = (1..threads.min(things.len())).map_while(start).collect();
        gathered.push(run());
        for other in others {
            match other.join() {
                Ok(more) => gathered.push(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let error = failure.into_inner().unwrap_or_else(PoisonError::into_inner).map(|(_, error)| error);
    Crew { gathered, error }
}

/// Which of so many things are this process's: as many as any other's, or one more.
pub(crate) fn part(share: Option<&RankShare>, count: usize) -> Range<usize> {
    let Some(share) = share else { return 0..count };
    let count = count as u64;
    let upto = |rank: u32| {
        usize::try_from(part_of(count, u64::from(rank), u64::from(share.ranks))).expect("at most as many as there are")
    };
    upto(share.rank)..upto(share.rank + 1)
}

/// What ends an operation that the caller asked to stop.
pub(crate) fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "interrupted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_done_once_and_the_first_failure_counts() {
        let crew = each(4, 3..1000, Watch::default(), |done: &mut Vec<usize>, thing| {
            done.push(thing);
            Ok(())
        });
        let mut all: Vec<usize> = crew.gathered.concat();
        all.sort_unstable();
        assert!(crew.error.is_none() && all.into_iter().eq(3..1000));
        let crew = each(4, 0..1000, Watch::default(), |(): &mut (), thing| match thing {
            500.. => Err(Error::new(ErrorKind::Usage, thing.to_string())),
            _ => Ok(()),
        });
        assert_eq!(crew.error.unwrap().to_string(), "500");
    }
}
