//! Stopping what waits for a store, and running it.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use dgen_io::Watch;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How often the caller is asked whether to stop, and told how far it is.
const TICK: Duration = Duration::from_millis(25);
/// How long requests in flight may go on once the caller asks to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// What tasks look at while they wait, and tell of their bytes.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    asked: watch::Receiver<bool>,
    done: Arc<AtomicU64>,
}

impl Stop {
    pub(crate) fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits for something, unless the caller asks to stop before it comes: then it is dropped.
    pub(crate) async fn or<T>(&self, awaited: impl Future<Output = T>) -> Result<T> {
        let mut asked = self.asked.clone();
        let stopped = async {
            if asked.wait_for(|asked| *asked).await.is_err() {
                pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            result = awaited => Ok(result),
            () = stopped => Err(interrupted()),
        }
    }

    /// The same, but what is asked for is given some time more to come: a store may have taken half of it.
    pub(crate) async fn or_soon<T>(&self, awaited: impl Future<Output = T>) -> Result<T> {
        let mut awaited = pin!(awaited);
        if let Ok(result) = self.or(awaited.as_mut()).await {
            return Ok(result);
        }
        timeout(PATIENCE, awaited).await.map_err(|_| interrupted())
    }

    /// Counts bytes as done.
    pub(crate) fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What ends an operation that the caller asked to stop.
pub(crate) fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "interrupted")
}

/// Runs a future on so many threads, until it ends; it learns from its argument when the caller asks to stop.
pub(crate) fn run<F: Future>(threads: usize, watch: Watch<'_>, work: impl FnOnce(Stop) -> F) -> Result<F::Output> {
    let runtime = Builder::new_multi_thread().worker_threads(threads).thread_name("dgen-objects").enable_all().build();
    let runtime = runtime.map_err(|error| Error::system("start threads", error))?;
    let (ask, asked) = watch::channel(false);
    let stop = Stop { asked, done: Arc::default() };
    let done = Arc::clone(&stop.done);
    let mut told = 0;
    let mut tell = || {
        let now = done.load(Ordering::Relaxed);
        watch.add(now - told);
        told = now;
    };
    let result = runtime.block_on(async {
        let work = work(stop);
        let attend = async {
            loop {
                sleep(TICK).await;
                tell();
                if watch.is_cancelled() {
                    ask.send_replace(true);
                }
            }
        };
        tokio::select! {
            result = work => result,
            () = attend => unreachable!("it has no end"),
        }
    });
    tell();
    // Connections that are open still have nothing to say.
    runtime.shutdown_background();
    Ok(result)
}
