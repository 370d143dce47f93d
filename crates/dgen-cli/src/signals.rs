//! Interruption: a flag that SIGINT and SIGTERM set.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Once};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// Whether one of the signals was SIGTERM.
static TERMINATED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
/// Whether already the first signal ends the process.
static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The flag.
pub(crate) fn interrupted() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Whether one of the signals was SIGTERM.
pub(crate) fn is_terminated() -> bool {
    TERMINATED.load(Ordering::Relaxed)
}

/// The exit code of a process that a signal has ended, as shells report it.
pub(crate) const fn code(signal: i32) -> i32 {
    128 + signal
}

/// Lets the first signal end the process, where nobody can wait for what a command does after it.
pub(crate) fn end_at_once() {
    AT_ONCE.store(true, Ordering::Relaxed);
}

/// Does what may wait for ever before any work has begun; the first signal ends the process meanwhile.
pub(crate) fn ending_at_once<T>(wait: impl FnOnce() -> T) -> T {
    let before = AT_ONCE.swap(true, Ordering::SeqCst);
    // One that came a moment ago has found the flag down.
    if INTERRUPTED.load(Ordering::SeqCst) {
        process::exit(code(if is_terminated() { SIGTERM } else { SIGINT }));
    }
    let result = wait();
    AT_ONCE.store(before, Ordering::Relaxed);
    result
}

/// Clears the flags, and installs the handlers where that has not been done.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [SIGINT, SIGTERM] {
            // In this order the second signal finds the flag set and ends the process.
            _ = flag::register_conditional_shutdown(signal, code(signal), Arc::clone(&INTERRUPTED));
            _ = flag::register_conditional_shutdown(signal, code(signal), Arc::clone(&AT_ONCE));
            if signal == SIGTERM {
                // Before the flag that others look at, so that whoever sees that one knows the signal.
                _ = flag::register(signal, Arc::clone(&TERMINATED));
            }
            _ = flag::register(signal, Arc::clone(&INTERRUPTED));
        }
        // A file size limit then is an error of the write that meets it, instead of death.
        _ = flag::register(SIGXFSZ, Arc::default());
    });
    for flag in [&INTERRUPTED, &TERMINATED, &AT_ONCE] {
        flag.store(false, Ordering::Relaxed);
    }
}
