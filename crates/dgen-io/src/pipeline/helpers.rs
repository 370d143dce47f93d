//! Threads that fill buffers for one worker, which hands them out and takes them back filled.
//!
//! A buffer moves with its operation: from the worker to a helper, back, and into the engine. Whoever has it owns it, so
//! none is filled while it is in flight.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::fill::Filled;

/// Bytes that are handed out together, where I/Os are smaller.
pub(crate) const JOB: usize = 128 << 10;

/// Operations to be filled by one helper, in one go.
pub(super) struct Job {
    pub(super) parts: Vec<Filled>,
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
    todo: VecDeque<Job>,
    back: Vec<Job>,
    closed: bool,
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a helper does: fills what is handed out, until the end.
    pub(super) fn serve(&self, fill: &dyn Fn(&mut Filled) -> bool) {
        let mut first = true;
        while let Some(mut job) = self.next() {
            job.intact = job.parts.iter_mut().all(fill);
            if std::mem::take(&mut first) {
                self.took_part.fetch_add(1, Ordering::Relaxed);
            }
            let mut state = self.lock();
            state.back.push(job);
            self.has_back.store(true, Ordering::Relaxed);
            self.back.notify_one();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        while !state.closed {
            if let Some(job) = state.todo.pop_front() {
                return Some(job);
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
    /// Jobs that have not come back.
    outstanding: usize,
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

    pub(super) fn has_outstanding(&self) -> bool {
        self.outstanding > 0
    }

    pub(super) fn hand_out(&mut self, parts: Vec<Filled>) {
        self.outstanding += 1;
        self.exchange.lock().todo.push_back(Job { parts, intact: false });
        self.exchange.more.notify_one();
    }

    /// What is filled, without waiting.
    pub(super) fn take_back(&mut self) -> Vec<Job> {
        if !self.exchange.has_back.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut state = self.exchange.lock();
        self.exchange.has_back.store(false, Ordering::Relaxed);
        let jobs = std::mem::take(&mut state.back);
        self.outstanding -= jobs.len();
        jobs
    }

    /// Takes back what no helper has begun.
    pub(super) fn steal(&mut self) -> Option<Job> {
        if self.outstanding == 0 {
            return None;
        }
        let job = self.exchange.lock().todo.pop_front()?;
        self.outstanding -= 1;
        Some(job)
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
