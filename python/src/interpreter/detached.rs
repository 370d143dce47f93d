//! Running code with the interpreter released, and Python code below frames of this library, while the interpreter may be ending.
//!
//! An interpreter that ends makes threads that come back to it exit, by unwinding their stacks: those that had released it, and those
//! that Python code makes take turns. Stacks with frames of this library cannot be unwound so: the process would crash. So
//! threads that would come back stop for good before they do, and the end waits for Python code that runs below such frames.

use pyo3::prelude::*;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Whether the interpreter has run its exit functions, or most of them.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Threads that are on their way back to the interpreter, and calls of Python code below frames of this library.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// How long the end waits for those at most: a callback may wait for something that never comes.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    /// Whether this thread ends the interpreter.
    static ENDS_IT: Cell<bool> = const { Cell::new(false) };
    /// How many of `INSIDE` are this thread's.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs `work` with the interpreter released.
pub(crate) fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> R {
    let (_inside, result) = py.detach(|| {
        let result = work();
        (Inside::enter().unwrap_or_else(|Ending| stop()), result)
    });
    result
}

/// Runs `work`, which may call Python code: the module and its arguments
/// come through here for it, but for buffers of Python classes.
pub(crate) fn calling<R>(py: Python<'_>, work: impl FnOnce() -> R) -> R {
    let _inside = Inside::enter().unwrap_or_else(|Ending| py.detach(|| stop()));
    work()
}

/// The interpreter ends.
struct Ending;

/// Keeps the interpreter from ending meanwhile.
struct Inside;

impl Inside {
    fn enter() -> Result<Self, Ending> {
        // Said before looking, while `ending` looks after saying: one of the two sees the other.
        INSIDE.fetch_add(1, Ordering::SeqCst);
        DEPTH.set(DEPTH.get() + 1);
        let inside = Self;
        // Those already inside are waited for, so they must go on.
        let refused = ENDING.load(Ordering::SeqCst) && !ENDS_IT.get() && DEPTH.get() == 1;
        if refused { Err(Ending) } else { Ok(inside) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

fn stop() -> ! {
    loop {
        thread::park();
    }
}

/// Forgets, in the child of a fork, threads that it does not have.
pub(super) fn in_child() {
    INSIDE.store(DEPTH.get(), Ordering::SeqCst);
    ENDING.store(false, Ordering::SeqCst);
}

/// Called at exit, when only daemon threads are left: waits for those inside, and lets no more come in.
#[pyfunction]
fn ending(py: Python<'_>) {
    ENDS_IT.set(true);
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let begin = Instant::now();
        while INSIDE.load(Ordering::SeqCst) > DEPTH.get() && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_micros(50));
        }
    });
}

/// Has [`ending`] called when the interpreter exits.
pub(super) fn prepare(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let function = wrap_pyfunction!(ending, module)?;
    module.py().import("atexit")?.call_method1("register", (function,)).map(drop)
}
