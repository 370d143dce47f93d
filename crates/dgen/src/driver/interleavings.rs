//! The pool and its jobs once more, on threads that a scheduler steps through: their locks, atomics and sleeps are points
//! at which another thread may go on. A step that never comes is a deadlock that is found, not a test that hangs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

use super::{participant, spans_known, threads};
use job::Job;
use pool::Pool;

#[allow(dead_code, clippy::duplicate_mod, reason = "the same text with other threads")]
#[path = "job.rs"]
mod job;
#[allow(dead_code, clippy::duplicate_mod, reason = "the same text with other threads")]
#[path = "pool.rs"]
mod pool;

/// The scheduler's locks, atomics and threads. A worker's life has no end, which a scheduler takes for a deadlock: so where
/// it would sleep, it ends once the scene is over.
mod sync {
    use std::cell::{Cell, RefCell};
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use shuttle::thread::{self, JoinHandle};

    pub(super) use shuttle::sync::Mutex;
    pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicIsize, AtomicPtr, AtomicUsize, Ordering};
    pub(super) use shuttle::thread::{Thread, current};

    // One scene at a time runs on a thread of the system, with all threads of its scheduler.
    thread_local! {
        static OVER: Cell<bool> = const { Cell::new(false) };
        static WORKERS: RefCell<Vec<JoinHandle<()>>> = const { RefCell::new(Vec::new()) };
    }

    /// What a worker unwinds with when the scene is over.
    struct Over;

    pub(super) struct Builder(thread::Builder);

    pub(super) struct Handle(Thread);

    impl Builder {
        pub(super) fn new() -> Self {
            Self(thread::Builder::new())
        }

        pub(super) fn name(self, name: String) -> Self {
            Self(self.0.name(name))
        }

        pub(super) fn spawn(self, life: impl FnOnce() + Send + 'static) -> std::io::Result<Handle> {
            let worker = self.0.spawn(|| {
                if let Err(payload) = catch_unwind(AssertUnwindSafe(life)) {
                    payload.downcast::<Over>().map_or_else(|other| resume_unwind(other), drop);
                }
            })?;
            let thread = worker.thread().clone();
            WORKERS.with_borrow_mut(|workers| workers.push(worker));
            Ok(Handle(thread))
        }
    }

    impl Handle {
        pub(super) fn thread(&self) -> &Thread {
            &self.0
        }
    }

    pub(super) fn park() {
        if !OVER.get() {
            thread::park();
        }
        if OVER.get() {
            resume_unwind(Box::new(Over));
        }
    }

    /// Plays `scene` and lets its workers end, which all must then do, and looks at what is left.
    pub(super) fn play(scene: super::Scene) {
        OVER.set(false);
        WORKERS.take();
        let calls = scene();
        OVER.set(true);
        for worker in WORKERS.take() {
            worker.thread().unpark();
            worker.join().unwrap();
        }
        calls.iter().for_each(super::Call::look);
    }
}

/// Makes calls, and gives them back as they are at their ends.
type Scene = fn() -> Vec<Call>;

/// Seeds of both schedulers.
const SEED: u64 = 11;

/// Runs `scene` in so many random orders, and in so many with few switches at chosen places.
fn explore(orders: usize, scene: Scene) {
    let schedulers: [Box<dyn Scheduler + Send>; 2] = [
        Box::new(RandomScheduler::new_from_seed(SEED, orders)),
        Box::new(PctScheduler::new_from_seed(SEED, 3, orders)),
    ];
    let mut config = Config::default();
    config.silence_warnings = true; // that it knows one order of atomics only: docs/TESTING.md says so
    for scheduler in schedulers {
        Runner::new(scheduler, config.clone()).run(move || sync::play(scene));
    }
}

/// A call that is over. Its job stays where it was, so that what comes too late is seen.
struct Call {
    job: &'static Job<'static>,
    /// The count of workers when the call ended.
    balance: isize,
    /// Whether a task ran while the call did not last.
    astray: &'static AtomicBool,
}

impl Call {
    /// Looks whether all was over when the call was.
    fn look(&self) {
        assert!(!self.astray.load(Ordering::Relaxed), "a task ran on when its call was over");
        let balance = self.job.balance().load(Ordering::Relaxed);
        assert_eq!(balance, self.balance, "a worker left when the call was over");
    }
}

/// One call, in which each task runs once.
fn call(pool: &'static Pool, helpers: usize, tasks: usize) -> Call {
    let lasts: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(true)));
    let astray: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    let runs: &'static [AtomicUsize] = (0..tasks).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>().leak();
    let task = |task: usize| {
        runs[task].fetch_add(1, Ordering::Relaxed);
        let began = lasts.load(Ordering::Relaxed);
        thread::yield_now();
        if !began || !lasts.load(Ordering::Relaxed) {
            astray.store(true, Ordering::Relaxed);
        }
    };
    let task: &'static (dyn Fn(usize) + Sync) = Box::leak(Box::new(task));
    let job: &'static Job<'static> = Box::leak(Box::new(Job::new(tasks, task)));
    let crew = pool.assign(job, helpers);
    job.participate(|job| pool.wake_some(job));
    drop(crew);
    lasts.store(false, Ordering::Relaxed);
    assert!(runs.iter().all(|runs| runs.load(Ordering::Relaxed) == 1), "{runs:?}");
    Call { job, balance: job.balance().load(Ordering::Relaxed), astray }
}

fn pool() -> &'static Pool {
    // One processor: nobody waits awake.
    Box::leak(Box::new(Pool::free(1)))
}

#[test]
fn calls_one_after_another_wait_for_their_workers_and_for_no_longer() {
    explore(500, || {
        let pool = pool();
        vec![call(pool, 2, 3), call(pool, 1, 1), call(pool, 2, 2)]
    });
}

#[test]
fn calls_at_the_same_time_share_workers_and_take_none_of_each_other() {
    explore(500, || {
        let pool = pool();
        let other = thread::spawn(move || [call(pool, 2, 2), call(pool, 1, 2)]);
        let mut calls = vec![call(pool, 2, 2), call(pool, 2, 2)];
        calls.extend(other.join().unwrap());
        calls
    });
}
