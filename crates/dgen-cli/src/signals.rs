//! Interruption: a flag that SIGINT and SIGTERM set.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Once};

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

use crate::exit::Exit;

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The flag.
pub(crate) fn interrupted() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Clears the flag, and installs the handlers where that has not been done.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [SIGINT, SIGTERM] {
            // In this order the second signal finds the flag set and ends the process.
            _ = flag::register_conditional_shutdown(signal, Exit::Interrupted.code(), Arc::clone(&INTERRUPTED));
            _ = flag::register(signal, Arc::clone(&INTERRUPTED));
        }
        // A file size limit then is an error of the write that meets it, instead of death.
        _ = flag::register(SIGXFSZ, Arc::default());
    });
    INTERRUPTED.store(false, Ordering::Relaxed);
}
