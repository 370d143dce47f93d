//! What must happen in the child of a fork, where only the thread that forked goes on.
#![allow(unsafe_code, reason = "registers a handler that runs in the child of a fork")]

use super::detached;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static REGISTERED: Once = Once::new();

/// A number that differs between a process and its forked children, so that copies of a state can be told apart; reading
/// it costs no system call.
pub(crate) fn generation() -> u64 {
    watch();
    GENERATION.load(Ordering::Relaxed)
}

/// Begins to watch for forks.
pub(super) fn watch() {
    REGISTERED.call_once(|| {
        // SAFETY: the handler is a function of this library, which Python never unloads; it only changes atomics,
        // which is allowed in the child of a process with threads.
        let refused = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        assert_eq!(refused, 0, "a handler of a few words finds memory");
    });
}

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    detached::in_child();
}
