//! Running code with the interpreter released, and coming back to one that may be ending.
//!
//! An interpreter that ends makes threads that come back to it exit, by unwinding their stacks. Stacks with frames of this library
//! cannot be unwound so: the process would crash. So such threads stop for good before they come back; all others run on.

use crate::forks;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Whether the interpreter has run its exit functions, or most of them.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Threads that are on their way back to the interpreter.
static RETURNING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread ends the interpreter.
    static ENDS_IT: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs `work` with the interpreter released.
pub(crate) fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> R {
    let result = py.detach(|| {
        let result = work();
        come_back();
        result
    });
    RETURNING.fetch_sub(1, Ordering::SeqCst);
    result
}

/// Says that this thread comes back now, or stops it for good.
fn come_back() {
    // Said before looking, while `ending` looks after saying: one of the two sees the other.
    RETURNING.fetch_add(1, Ordering::SeqCst);
    if ENDING.load(Ordering::SeqCst) && !ENDS_IT.get() {
        RETURNING.fetch_sub(1, Ordering::SeqCst);
        loop {
            thread::park();
        }
    }
}

/// Forgets, in the child of a fork, threads that it does not have.
pub(crate) fn in_child() {
    RETURNING.store(0, Ordering::SeqCst);
    ENDING.store(false, Ordering::SeqCst);
}

/// Called at exit, when only daemon threads are left: waits for those on their way back, and lets no more come back.
#[pyfunction]
fn ending(py: Python<'_>) {
    ENDS_IT.set(true);
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        while RETURNING.load(Ordering::SeqCst) != 0 {
            thread::sleep(Duration::from_micros(50));
        }
    });
}

/// Has [`ending`] called when the interpreter exits.
pub(crate) fn prepare(module: &Bound<'_, PyModule>) -> PyResult<()> {
    forks::watch();
    let function = wrap_pyfunction!(ending, module)?;
    module.py().import("atexit")?.call_method1("register", (function,)).map(drop)
}
