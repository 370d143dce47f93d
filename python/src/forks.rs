//! Counts how often this process's line of ancestors has forked, so that copies of a state can be told apart.
#![allow(unsafe_code, reason = "registers a handler that runs in the child of a fork")]

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(0);
static REGISTERED: Once = Once::new();

/// A number that differs between a process and its forked children; reading it costs no system call.
pub(crate) fn generation() -> u64 {
    REGISTERED.call_once(|| {
        // SAFETY: the handler is a function of this library, which Python never unloads; it only adds to an
        // atomic, which is allowed in the child of a process with threads.
        let refused = unsafe { libc::pthread_atfork(None, None, Some(count_fork)) };
        assert_eq!(refused, 0, "a handler of a few words finds memory");
    });
    GENERATION.load(Ordering::Relaxed)
}

extern "C" fn count_fork() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}
