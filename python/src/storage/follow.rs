//! Long work in a thread of its own, while the calling thread attends to signals and reports progress.

use crate::arguments::progress::Progress;
use crate::interpreter::detached::{calling, detached};
use crate::interpreter::forks;
use crate::locks::lock;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks at pending signals.
const TICK: Duration = Duration::from_millis(25);
/// Time between two calls of a progress function.
const REPORT: Duration = Duration::from_millis(100);
/// How long stopped work that leaves nothing behind may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(125);
const UNKNOWN: u64 = u64::MAX;

/// What the work and its caller share.
pub(crate) struct Shared {
    cancel: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Shared {
    /// Tells how many bytes there are in all.
    pub(crate) fn set_total(&self, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }

    /// Tells how many bytes are done.
    pub(crate) fn set_done(&self, bytes: u64) {
        self.done.store(bytes, Ordering::Relaxed);
    }

    /// The flag that asks the work to stop.
    pub(crate) fn cancel(&self) -> &AtomicBool {
        &self.cancel
    }

    /// The same for work that keeps the count itself.
    pub(crate) fn watch(&self) -> dgen_io::Watch<'_> {
        dgen_io::Watch { cancel: Some(&self.cancel), done: Some(&self.done), ..Default::default() }
    }

    fn tell(&self, progress: &Progress<'_>) -> PyResult<()> {
        let progress = &progress.0;
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN);
        calling(progress.py(), || progress.call1((self.done.load(Ordering::Relaxed), total)).map(drop))
    }
}

/// How to follow.
pub(crate) struct Follow<'py> {
    /// Called with the bytes done and the bytes in all.
    pub(crate) progress: Option<Progress<'py>>,
    /// Whether to call it while the total is unknown, with `None`.
    pub(crate) without_total: bool,
    /// Whether stopped work may be left to end by itself; not for work that must say what it has done.
    pub(crate) leave: bool,
}

/// How the work ended.
pub(crate) enum Ended<R> {
    /// By itself.
    Done(R),
    /// Because a signal handler or the progress function raised; the result is absent where it was not waited for.
    Stopped(PyErr, Option<R>),
}

impl Follow<'_> {
    /// Runs `work` with the interpreter released. A second signal while stopped work finishes leaves it to itself.
    pub(crate) fn run<R: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Shared) -> R + Send + 'static,
    ) -> PyResult<Ended<R>> {
        let generation = forks::generation();
        let shared = Arc::new(Shared {
            cancel: AtomicBool::new(false),
            done: AtomicU64::new(0),
            total: AtomicU64::new(UNKNOWN),
        });
        let (sender, mut receiver) = channel();
        let work = Arc::new(Mutex::new(Some(work)));
        let (theirs, theirs_work) = (Arc::clone(&shared), Arc::clone(&work));
        let body = move || {
            if let Some(work) = taken(&theirs_work) {
                _ = sender.send(work(&theirs));
            }
        };
        let Ok(worker) = thread::Builder::new().name("dgen-work".into()).spawn(body) else {
            // The system refuses a thread: the calling one works, and attends to signals when it is done.
            let work = taken(&work).expect("what did not begin has its work");
            let theirs = Arc::clone(&shared);
            let result = detached(py, move || work(&theirs));
            return Ok(self.end(&shared, result, py.check_signals().err()));
        };
        let (mut told, mut stopped) = (Instant::now(), None::<(PyErr, Instant)>);
        loop {
            let receiver = &mut receiver;
            match detached(py, move || receiver.recv_timeout(TICK)) {
                Ok(result) => return Ok(self.end(&shared, result, stopped.map(|(error, _)| error))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match worker.join() {
                    Err(payload) => std::panic::resume_unwind(payload),
                    Ok(()) => unreachable!("a worker that does not panic sends its result"),
                },
            }
            if forks::generation() != generation {
                return Err(PyRuntimeError::new_err(
                    "the process was forked during the call; the work is its parent's",
                ));
            }
            let news = py.check_signals();
            stopped = match (stopped, news) {
                (Some((error, since)), Ok(())) if self.leave && since.elapsed() >= PATIENCE => {
                    return Ok(Ended::Stopped(error, None));
                }
                (Some(_), Err(error)) => return Ok(Ended::Stopped(error, None)),
                (Some(stopped), Ok(())) => Some(stopped),
                (None, news) => news.and_then(|()| self.tell(&shared, &mut told)).err().map(|error| {
                    shared.cancel.store(true, Ordering::Relaxed);
                    (error, Instant::now())
                }),
            };
        }
    }

    fn tell(&self, shared: &Shared, told: &mut Instant) -> PyResult<()> {
        let known = self.without_total || shared.total.load(Ordering::Relaxed) != UNKNOWN;
        let Some(progress) = self.progress.as_ref().filter(|_| known && told.elapsed() >= REPORT) else {
            return Ok(());
        };
        let outcome = shared.tell(progress);
        *told = Instant::now();
        outcome
    }

    fn end<R>(&self, shared: &Shared, result: R, stopped: Option<PyErr>) -> Ended<R> {
        let anything = shared.done.load(Ordering::Relaxed) > 0;
        let last = || shared.tell(self.progress.as_ref().filter(|_| anything)?).err();
        match stopped.or_else(last) {
            None => Ended::Done(result),
            Some(error) => Ended::Stopped(error, Some(result)),
        }
    }
}

/// The work, for whoever asks first.
fn taken<F>(work: &Mutex<Option<F>>) -> Option<F> {
    lock(work).take()
}
