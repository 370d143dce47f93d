//! A worker and its helpers once more, on threads that a scheduler steps through: each buffer has one owner in every order
//! in which they may meet. A step that never comes is a deadlock that is found: waiting never times out here.

use std::collections::BTreeSet;
use std::time::Duration;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

use super::pending;
use super::pending::Prepared;
use crate::engine::operation::Action;
use crate::extents::cursor::Extent;
use crate::memory::buffers::{Buffer, buffers};
use helpers::{Batch, Exchange, Helpers};
use sync::AtomicUsize;

#[allow(dead_code, clippy::duplicate_mod, reason = "the same text with other threads")]
#[path = "helpers.rs"]
mod helpers;

mod sync {
    pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};

    pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap()
    }
}

const EXTENTS: usize = 6;
const BUFFERS: usize = 4;

/// Runs `scene` in so many random orders, and in so many with few switches at chosen places.
fn explore(orders: usize, scene: fn()) {
    let schedulers: [Box<dyn Scheduler + Send>; 2] =
        [Box::new(RandomScheduler::new_from_seed(11, orders)), Box::new(PctScheduler::new_from_seed(11, 3, orders))];
    let mut config = Config::default();
    config.silence_warnings = true; // that it knows one order of atomics only: docs/TESTING.md says so
    for scheduler in schedulers {
        Runner::new(scheduler, config.clone()).run(scene);
    }
}

/// Fills in two steps, so that whoever else has the buffer may see or change a half.
fn fill(io: &mut Prepared) -> bool {
    let (byte, half) = (mark(io), io.buffer.len() / 2);
    for part in [0..half, half..io.buffer.len()] {
        thread::yield_now();
        io.buffer[part].fill(byte);
    }
    thread::yield_now();
    is_filled(io)
}

fn is_filled(io: &Prepared) -> bool {
    io.buffer.iter().all(|byte| *byte == mark(io))
}

/// What a buffer for this place is filled with: never what it held before.
fn mark(io: &Prepared) -> u8 {
    u8::try_from(io.place + 1).unwrap()
}

/// A worker that has so many extents to fill, and takes each filled one as done.
struct Work<'h> {
    helpers: Helpers<'h>,
    free: Vec<Buffer>,
    /// Whether it fills some itself. Otherwise a helper that sleeps on is a deadlock, and not only a loss of speed.
    fills: bool,
    next: u64,
    done: BTreeSet<u64>,
}

impl Work<'_> {
    fn claim(&mut self) -> Option<Prepared> {
        let place = Some(self.next).filter(|next| *next < EXTENTS as u64)?;
        let extent = Extent { index: place, section: 0, position: 0, file_offset: 0, stream_offset: 0, len: 512 };
        let buffer = self.free.pop()?;
        self.next += 1;
        Some(Prepared { place, due: None, action: Action::Write, extent, buffer })
    }

    fn take(&mut self, Batch { ios, intact }: Batch) {
        assert!(intact);
        for io in ios {
            assert!(is_filled(&io) && self.done.insert(io.place), "{}", io.place);
            self.free.push(io.buffer);
        }
    }

    fn hand_out(&mut self) {
        while self.helpers.wants() && self.free.len() > 1 {
            let Some(io) = self.claim() else { return };
            self.helpers.hand_out(vec![io]);
        }
    }

    /// What the worker fills itself.
    fn own(&mut self) -> Option<Batch> {
        if !self.fills {
            return None;
        }
        let claimed = self.claim().map(|io| Batch { ios: vec![io], intact: false });
        claimed.or_else(|| self.helpers.steal())
    }

    /// One round of the worker's loop.
    fn step(&mut self) {
        self.hand_out();
        for batch in self.helpers.take_back() {
            self.take(batch);
        }
        if let Some(mut batch) = self.own() {
            batch.intact = batch.ios.iter_mut().all(fill);
            self.take(batch);
        } else if self.helpers.outstanding > 0 {
            self.helpers.wait(Duration::from_secs(1));
        }
    }
}

/// A worker with two helpers, which ends when `enough` extents are done.
fn scene(enough: usize, fills: bool) {
    let (exchange, spare) = (Exchange::default(), AtomicUsize::new(2));
    let all = buffers(BUFFERS, 512, 512, false).unwrap();
    thread::scope(|scope| {
        let start = || {
            scope.spawn(|| exchange.serve(&fill));
            true
        };
        let mut helpers = Helpers::new(&exchange, &start, &spare);
        helpers.engage();
        helpers.engage();
        let mut work = Work { helpers, free: all, fills, next: 0, done: BTreeSet::new() };
        while work.done.len() < enough {
            work.step();
        }
        if enough == EXTENTS {
            let indexes: BTreeSet<usize> = work.free.iter().map(Buffer::index).collect();
            assert_eq!((work.helpers.outstanding, indexes.len()), (0, BUFFERS), "every buffer comes back");
        }
    });
}

#[test]
fn every_buffer_goes_round_and_comes_back_filled() {
    explore(500, || scene(EXTENTS, true));
}

#[test]
fn helpers_are_woken_for_what_is_handed_out() {
    explore(500, || scene(EXTENTS, false));
}

#[test]
fn helpers_end_with_a_worker_that_ends_early() {
    explore(500, || scene(2, true));
}
