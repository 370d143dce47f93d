//! One call's work: the tasks not yet claimed, who still works on them, and the first panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::Instant;

use super::sync::{self, AtomicIsize, AtomicUsize, Mutex, Ordering, Thread};

/// What a task's panic carries.
type Payload = Box<dyn Any + Send>;

/// Added to `balance` for each worker; the lowest bit is [`SLEEPS`].
const ONE: isize = 2;
/// Set in `balance` once the caller sleeps until the last worker has left.
const SLEEPS: isize = 1;

/// A call of `run`, on the stack of its caller.
pub(super) struct Job<'f> {
    f: &'f (dyn Fn(usize) + Sync),
    tasks: usize,
    next: AtomicUsize,
    /// [`ONE`] for each worker the caller waits for, minus [`ONE`] for each that has left: workers may leave before
    /// the caller knows how many there are.
    balance: AtomicIsize,
    /// Workers with a lower index hold the job or have done so; 0 until that is known.
    wake_end: AtomicUsize,
    /// The first worker that nobody has tried to wake.
    wake_next: AtomicUsize,
    caller: Thread,
    panic: Mutex<Option<Payload>>,
}

impl<'f> Job<'f> {
    pub(super) fn new(tasks: usize, f: &'f (dyn Fn(usize) + Sync)) -> Self {
        Self {
            f,
            tasks,
            next: AtomicUsize::new(0),
            balance: AtomicIsize::new(0),
            wake_end: AtomicUsize::new(0),
            wake_next: AtomicUsize::new(0),
            caller: sync::current(),
            panic: Mutex::new(None),
        }
    }

    /// Says that workers below index `end` may hold the job and need waking.
    pub(super) fn may_wake_below(&self, end: usize) {
        self.wake_end.store(end, Ordering::Release);
    }

    /// The index of a worker that may need waking; each is given out once.
    pub(super) fn next_to_wake(&self) -> Option<usize> {
        let end = self.wake_end.load(Ordering::Acquire);
        let any_left = self.wake_next.load(Ordering::Relaxed) < end;
        any_left.then(|| self.wake_next.fetch_add(1, Ordering::Relaxed)).filter(|&index| index < end)
    }

    /// Whether some task is still unclaimed.
    pub(super) fn has_work(&self) -> bool {
        self.next.load(Ordering::Relaxed) < self.tasks
    }

    /// Claims and runs tasks until none is left, calling `before_each` before each; does not unwind.
    pub(super) fn participate(&self, before_each: impl Fn(&Self)) {
        while self.has_work() {
            before_each(self);
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            if task >= self.tasks {
                break;
            }
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (self.f)(task))) {
                self.keep(payload);
            }
        }
    }

    /// Keeps the first payload. Others are leaked, because dropping one may panic in turn.
    fn keep(&self, payload: Payload) {
        let mut first = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none() {
            *first = Some(payload);
        } else {
            std::mem::forget(payload);
        }
    }

    /// The first panic, if a task panicked.
    pub(super) fn into_panic(self) -> Option<Payload> {
        self.panic.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread that made the call.
    pub(super) fn caller(&self) -> Thread {
        self.caller.clone()
    }

    /// The count through which a worker leaves; see [`leave`].
    pub(super) fn balance(&self) -> &AtomicIsize {
        &self.balance
    }

    /// Waits until `workers` workers have left: up to `spin` awake, then asleep.
    pub(super) fn wait_for(&self, workers: usize, spin: std::time::Duration) {
        let expected = isize::try_from(workers).expect("workers are bounded by MAX_THREADS") * ONE;
        if self.balance.fetch_add(expected, Ordering::AcqRel) + expected == 0 {
            return;
        }
        if spin_until(spin, || self.balance.load(Ordering::Acquire) == 0) {
            return;
        }
        if self.balance.fetch_add(SLEEPS, Ordering::AcqRel) == 0 {
            return;
        }
        while self.balance.load(Ordering::Acquire) != SLEEPS {
            sync::park();
        }
    }
}

/// Leaves the job that `balance` belongs to, which may be gone as soon as the count is changed.
pub(super) fn leave(balance: &AtomicIsize, caller: &Thread) {
    if balance.fetch_sub(ONE, Ordering::AcqRel) == ONE + SLEEPS {
        caller.unpark();
    }
}

/// Waits awake until `done`, at most for `limit`; returns whether it is done.
pub(super) fn spin_until(limit: std::time::Duration, done: impl Fn() -> bool) -> bool {
    if done() {
        return true;
    }
    if limit.is_zero() {
        return false;
    }
    let start = Instant::now();
    loop {
        for _ in 0..16 {
            std::hint::spin_loop();
            if done() {
                return true;
            }
        }
        if start.elapsed() >= limit {
            return false;
        }
    }
}
