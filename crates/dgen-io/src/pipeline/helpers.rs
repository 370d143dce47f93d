//! Threads that fill buffers for one worker, which hands them out and takes them back filled.
//!
//! A buffer moves with its operation: from the worker to a helper, back, and into the engine. Whoever has it owns it, so
//! none is filled while it is in flight.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::Duration;

use super::pending::Prepared;
use super::sync::{AtomicBool, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, lock};
use crate::metrics::stats::LIMITS;

/// Time over which the share of waiting for data is taken; two such times in a row decide on another helper.
const WINDOW: Duration = Duration::from_millis(20);

/// I/Os to be filled by one helper, in one go.
pub(super) struct Batch {
    pub(super) ios: Vec<Prepared>,
    /// Whether all of them were filled. False where the generator has failed, which is an error of this library.
    pub(super) intact: bool,
}

/// The place where a worker and its helpers meet.
#[derive(Default)]
pub(super) struct Exchange {
    state: Mutex<State>,
    /// There is something to fill, or an end.
    more: Condvar,
    /// Something is filled.
    back: Condvar,
    /// Whether something is filled, for a look without the lock.
    has_back: AtomicBool,
    /// Helpers that have filled something.
    took_part: AtomicUsize,
}

#[derive(Default)]
struct State {
    todo: VecDeque<Batch>,
    back: Vec<Batch>,
    closed: bool,
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What a helper does: fills what is handed out, until the end.
    pub(super) fn serve(&self, fill: &dyn Fn(&mut Prepared) -> bool) {
        let mut first = true;
        while let Some(mut batch) = self.next() {
            batch.intact = batch.ios.iter_mut().all(fill);
            if std::mem::take(&mut first) {
                self.took_part.fetch_add(1, Ordering::Relaxed);
            }
            let mut state = self.lock();
            state.back.push(batch);
            self.has_back.store(true, Ordering::Relaxed);
            self.back.notify_one();
        }
    }

    fn next(&self) -> Option<Batch> {
        let mut state = self.lock();
        while !state.closed {
            if let Some(batch) = state.todo.pop_front() {
                return Some(batch);
            }
            state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.todo.clear();
        self.more.notify_all();
    }
}

/// A worker's side of the exchange. Its helpers end when it is dropped, be it that the worker is done or that it failed.
pub(super) struct Helpers<'h> {
    exchange: &'h Exchange,
    /// Begins one more; false where the system refuses.
    start: &'h dyn Fn() -> bool,
    /// Helpers that all workers together may still begin.
    spare: &'h AtomicUsize,
    count: usize,
    /// Batches that have not come back.
    pub(super) outstanding: usize,
    refused: bool,
}

impl<'h> Helpers<'h> {
    pub(super) fn new(exchange: &'h Exchange, start: &'h dyn Fn() -> bool, spare: &'h AtomicUsize) -> Self {
        Self { exchange, start, spare, count: 0, outstanding: 0, refused: false }
    }

    /// Begins one more helper, as long as there are some to spare.
    pub(super) fn engage(&mut self) {
        let take = |spare: usize| spare.checked_sub(1);
        if self.refused || self.spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return;
        }
        if (self.start)() {
            self.count += 1;
        } else {
            self.refused = true;
        }
    }

    /// Whether a helper may soon have nothing to do.
    pub(super) fn wants(&self) -> bool {
        self.outstanding < 2 * self.count
    }

    pub(super) fn hand_out(&mut self, ios: Vec<Prepared>) {
        self.outstanding += 1;
        self.exchange.lock().todo.push_back(Batch { ios, intact: false });
        self.exchange.more.notify_one();
    }

    /// What is filled, without waiting.
    pub(super) fn take_back(&mut self) -> Vec<Batch> {
        if !self.exchange.has_back.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut state = self.exchange.lock();
        self.exchange.has_back.store(false, Ordering::Relaxed);
        let batches = std::mem::take(&mut state.back);
        self.outstanding -= batches.len();
        batches
    }

    /// Takes back what no helper has begun.
    pub(super) fn steal(&mut self) -> Option<Batch> {
        if self.outstanding == 0 {
            return None;
        }
        let batch = self.exchange.lock().todo.pop_front()?;
        self.outstanding -= 1;
        Some(batch)
    }

    /// Waits until something is filled, or so long.
    pub(super) fn wait(&self, time: Duration) {
        let state = self.exchange.lock();
        let waiting = self.exchange.back.wait_timeout_while(state, time, |state| state.back.is_empty());
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    /// Helpers that have filled something, and whether the system refused one.
    pub(super) fn outcome(&self) -> (usize, bool) {
        (self.exchange.took_part.load(Ordering::Relaxed), self.refused)
    }
}

impl Drop for Helpers<'_> {
    fn drop(&mut self) {
        self.exchange.close();
    }
}

/// Helpers, and when to ask for more of them.
pub(super) struct FillStage<'h> {
    pub(super) helpers: Helpers<'h>,
    /// The share that is being taken; `None` where their number is given.
    window: Option<Window>,
}

/// A share of waiting for data.
#[derive(Default)]
struct Window {
    /// When it began.
    since: Duration,
    /// The time of waiting until then.
    before: Duration,
    /// Whether storage waited for data for long in the window before.
    waited: bool,
}

impl<'h> FillStage<'h> {
    /// Begins `count` helpers now; `None`: when the share of waiting for data says so.
    pub(super) fn new(mut helpers: Helpers<'h>, count: Option<usize>, now: Duration) -> Self {
        for _ in 0..count.unwrap_or(0) {
            helpers.engage();
        }
        Self { helpers, window: count.is_none().then(|| Window { since: now, ..Window::default() }) }
    }

    /// Engages another helper where storage has waited for data for a fifth of the time, twice in a row.
    pub(super) fn consider(&mut self, now: Duration, generating: Duration) {
        let Some(window) = &mut self.window else { return };
        let past = now.saturating_sub(window.since);
        if past < WINDOW {
            return;
        }
        let waits = generating.saturating_sub(window.before).as_secs_f64() >= LIMITS * past.as_secs_f64();
        let engages = waits && window.waited;
        *window = Window { since: now, before: generating, waited: waits && !engages };
        if engages {
            self.helpers.engage();
        }
    }
}
