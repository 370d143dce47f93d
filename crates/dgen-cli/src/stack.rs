//! Room on the stack, where the limit on it is small.

use std::thread;

use rustix::process::{Resource, getrlimit};

/// Bytes that every command gets along with, many times over.
const ENOUGH: usize = 2 << 20;

/// Runs `work` on a thread with enough stack where the calling one, the main thread, may have less (`ulimit -s`).
pub(crate) fn with_room(work: &(dyn Fn() -> i32 + Sync)) -> i32 {
    if getrlimit(Resource::Stack).current.is_none_or(|limit| limit >= ENOUGH as u64) {
        return work();
    }
    thread::scope(|scope| match thread::Builder::new().stack_size(ENOUGH).spawn_scoped(scope, work) {
        Ok(thread) => thread.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload)),
        Err(_) => work(),
    })
}
