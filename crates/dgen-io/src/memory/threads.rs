//! Threads that wait for storage. They are not the driver's threads, which are for work that never waits.

use std::thread::{self, ScopedJoinHandle};

/// Name of the threads that help workers to generate.
pub(crate) const HELPER: &str = "dgen-generate";

/// Runs `work` on `workers` threads, the caller's among them, and returns what each came back with.
///
/// Where the system refuses a thread there are fewer.
pub(crate) fn run<S: Send>(workers: usize, work: &(dyn Fn() -> S + Sync)) -> Vec<S> {
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().name("dgen-io".into()).spawn_scoped(scope, work).ok();
        let helpers: Vec<ScopedJoinHandle<'_, S>> = (1..workers).map_while(start).collect();
        let mut results = vec![work()];
        for helper in helpers {
            match helper.join() {
                Ok(result) => results.push(result),
                Err(payload) => std::panic::resume_unwind(payload),
            }
        }
        results
    })
}
