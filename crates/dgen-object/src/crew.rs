//! Tasks that take one object after another.

use std::future::Future;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dgen::{Error, ErrorKind, Result};
use tokio::task::JoinSet;

use crate::stop::{Stop, interrupted};

/// What is done with each thing.
pub(crate) trait Job: Send + Sync + 'static {
    /// What a task gathers.
    type Tally: Default + Send + 'static;

    /// Does one thing.
    fn one(&self, tally: &mut Self::Tally, thing: usize) -> impl Future<Output = Result<()>> + Send;
}

/// What all tasks came to.
pub(crate) struct Crew<S> {
    /// What each of them gathered.
    pub(crate) gathered: Vec<S>,
    /// What failed, in order; without what was not begun because of it, and without interruptions.
    pub(crate) failures: Vec<(usize, String)>,
    /// Why it is not all, if it is not: an interruption, or else the first failure.
    pub(crate) error: Option<Error>,
}

/// Has so many tasks do things in ascending order; after a failure, none is begun, and those in flight go on.
pub(crate) async fn each<J: Job>(job: Arc<J>, tasks: usize, things: Range<usize>, stop: &Stop) -> Crew<J::Tally> {
    let next = Arc::new(AtomicUsize::new(things.start));
    let failures: Arc<Mutex<Vec<(usize, Error)>>> = Arc::default();
    let end = things.end;
    let mut all = JoinSet::new();
    for _ in 0..tasks.min(things.len()) {
        let (job, next, failures, stop) = (Arc::clone(&job), Arc::clone(&next), Arc::clone(&failures), stop.clone());
        all.spawn(async move {
            let mut tally = J::Tally::default();
            loop {
                let thing = next.fetch_add(1, Ordering::Relaxed);
                if thing >= end {
                    return tally;
                }
                let done = if stop.is_asked() { Err(interrupted()) } else { job.one(&mut tally, thing).await };
                if let Err(error) = done {
                    next.store(end, Ordering::Relaxed);
                    failures.lock().unwrap_or_else(PoisonError::into_inner).push((thing, error));
                }
            }
        });
    }
    let gathered = all.join_all().await;
    let mut failures = std::mem::take(&mut *failures.lock().unwrap_or_else(PoisonError::into_inner));
    failures.sort_by_key(|(thing, _)| *thing);
    let (stopped, failures): (Vec<_>, Vec<_>) =
        failures.into_iter().partition(|(_, error)| error.kind() == ErrorKind::Interrupted);
    let words = failures.iter().map(|(thing, error)| (*thing, error.to_string())).collect();
    let error = stopped.into_iter().chain(failures).next().map(|(_, error)| error);
    Crew { gathered, failures: words, error }
}
