//! The worker threads of this process, and how a call hands its job to idle ones and takes it back.
//!
//! One pool has threads that run anywhere; each set of processors that a placement names has a pool of its own.
#![allow(unsafe_code)] // A worker uses a job on another thread's stack; the call's exit waits for it. No safe form exists
// for threads that outlive the call.

use super::job::{self, Job, spin_until};
use super::participant::RUNS_TASKS;
use super::spans_known::Cache;
use super::sync::{self, AtomicBool, AtomicPtr, AtomicUsize, Mutex, Ordering, Thread};
use super::threads::{self, MAX_THREADS};
use crate::placement::{Group, Placement, System};
use crate::topology::IdSet;
use std::ptr;
use std::sync::{OnceLock, PoisonError};
use std::time::Duration;

/// How long a worker stays awake after its last job, and a caller for its last worker. A sleeping thread takes tens
/// of microseconds to come back, so this pays where one call follows another closely.
const SPIN: Duration = Duration::from_micros(40);

/// The most workers that one participant wakes before each of its tasks; those wake others.
const WAKE_FANOUT: usize = 2;

/// The pools of the process that made them; never freed, because their threads never end.
pub(super) struct Pools {
    process: u32,
    /// The one whose threads run anywhere.
    pub(super) free: Pool,
    homes: Mutex<Vec<&'static Pool>>,
    /// Where the pages of buffers were found to lie.
    pub(super) spans: Cache,
    /// The automatic placements of callers, by the processors that they may run on.
    automatic: Mutex<Vec<(IdSet, Placement)>>,
}

/// The processors that threads are kept on.
#[derive(Clone, Debug)]
struct Home {
    group: Group,
    system: &'static dyn System,
}

/// Threads that are alike.
pub(super) struct Pool {
    /// Where they are kept.
    home: Option<Home>,
    /// Processors that the threads may keep busy; decides who may wait awake.
    processors: usize,
    workers: Box<[OnceLock<&'static Worker>]>,
    /// How many of `workers` are set.
    len: AtomicUsize,
    /// Held while threads are started; says whether the system has refused one.
    growth: Mutex<bool>,
}

/// What a worker thread shares with the callers; alone on its cache lines.
#[repr(align(128))]
struct Worker {
    /// The job handed over and not yet taken: a `Job` that lives at least until it is taken back from here, or until
    /// the worker that took it has left it.
    mail: AtomicPtr<()>,
    /// Whether the thread must be unparked to look at `mail`.
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

/// The latest pools published by this process or by the one it was forked from. They are never freed.
static POOLS: AtomicPtr<Pools> = AtomicPtr::new(ptr::null_mut());

/// The pools of this process, made if it has none yet. Takes no lock, so that a child of `fork` never meets one that
/// a thread of its parent holds.
pub(super) fn current() -> &'static Pools {
    let latest = POOLS.load(Ordering::Acquire);
    if let Some(pools) = of_this_process(latest) {
        return pools;
    }
    let made = Box::into_raw(Box::new(Pools::new()));
    let published = POOLS.compare_exchange(latest, made, Ordering::AcqRel, Ordering::Acquire);
    if published.is_err() {
        // SAFETY: `made` came from a box just above and was not published, so nothing else refers to it.
        drop(unsafe { Box::from_raw(made) });
    }
    // Only threads of this process change its `POOLS`, so the other one that may be there is of this process too.
    of_this_process(published.map_or_else(|other| other, |_| made)).expect("pools published by this process")
}

/// The pools of this process, if it has made any.
pub(super) fn existing() -> Option<&'static Pools> {
    of_this_process(POOLS.load(Ordering::Acquire))
}

/// The pools at `pools`, which is null or was published in `POOLS`, unless they belong to a parent of this process.
fn of_this_process(pools: *mut Pools) -> Option<&'static Pools> {
    // SAFETY: callers pass null or what was published in `POOLS`; that is never freed nor changed through anything but
    // its own locks and atomics, so a shared reference is valid for ever.
    unsafe { pools.as_ref() }.filter(|pools| pools.process == std::process::id())
}

impl Pools {
    fn new() -> Self {
        let (process, free) = (std::process::id(), Pool::free(threads::system_threads()));
        Self { process, free, homes: Mutex::default(), spans: Cache::default(), automatic: Mutex::default() }
    }

    /// The pool whose threads are kept on the processors of a group.
    pub(super) fn home(&self, group: &Group, system: &'static dyn System) -> &'static Pool {
        let mut homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = homes.iter().find(|pool| pool.is_home(group, system)) {
            return pool;
        }
        let processors = group.cpus.len().min(threads::system_threads());
        let pool = Box::leak(Box::new(Pool::new(processors, Some(Home { group: group.clone(), system }))));
        homes.push(pool);
        pool
    }

    /// The automatic placement for the calling thread.
    pub(super) fn automatic(&self) -> Placement {
        /// Most that are kept; callers with many different sets of processors are rare.
        const KEPT: usize = 64;
        let Some(cpus) = crate::topology::affinity() else { return Placement::none() };
        let mut known = self.automatic.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, placement)) = known.iter().find(|(set, _)| *set == cpus) {
            return placement.clone();
        }
        let placement = Placement::auto();
        if known.len() < KEPT {
            known.push((cpus, placement.clone()));
        }
        placement
    }

    /// The number of worker threads.
    pub(super) fn len(&self) -> usize {
        let homes = self.homes.lock().unwrap_or_else(PoisonError::into_inner);
        self.free.len() + homes.iter().map(|pool| pool.len()).sum::<usize>()
    }
}

impl Pool {
    /// One whose threads run anywhere.
    pub(super) fn free(processors: usize) -> Self {
        Self::new(processors, None)
    }

    fn new(processors: usize, home: Option<Home>) -> Self {
        Self {
            home,
            processors,
            workers: (0..MAX_THREADS).map(|_| OnceLock::new()).collect(),
            len: AtomicUsize::new(0),
            growth: Mutex::new(false),
        }
    }

    /// Whether its threads are kept on the processors of a group.
    fn is_home(&self, group: &Group, system: &'static dyn System) -> bool {
        self.home.as_ref().is_some_and(|home| home.group == *group && ptr::addr_eq(home.system, system))
    }

    /// The number of worker threads.
    fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    fn worker(&self, index: usize) -> Option<&'static Worker> {
        self.workers.get(index)?.get().copied()
    }

    /// Starts threads until there are `wanted`, or the system refuses: then it is not asked again. When another call
    /// is starting threads, goes on with those there are.
    fn grow(&'static self, wanted: usize) {
        if self.len() >= wanted {
            return;
        }
        let Ok(mut refused) = self.growth.try_lock() else { return };
        while !*refused && self.len() < wanted {
            let index = self.len();
            match Worker::start(self, index) {
                Ok(worker) => {
                    assert!(self.workers[index].set(worker).is_ok(), "only the holder of the lock sets workers");
                    self.len.store(index + 1, Ordering::Release);
                }
                Err(_) => *refused = true,
            }
        }
    }

    /// Hands `job` to up to `helpers` idle workers, the first ones first: they are the likeliest to be awake.
    pub(super) fn assign<'a>(&'static self, job: &'a Job<'a>, helpers: usize) -> Crew<'a> {
        self.grow(helpers);
        let mut crew = Crew { pool: self, job, end: 0, assigned: 0 };
        for index in 0..self.len() {
            if crew.assigned == helpers {
                break;
            }
            if self.worker(index).is_some_and(|worker| worker.offer(address_of(job))) {
                crew.assigned += 1;
                crew.end = index + 1;
            }
        }
        job.may_wake_below(crew.end);
        crew
    }

    /// Wakes some of the sleeping workers that hold `job` and that nobody has woken yet.
    pub(super) fn wake_some(&self, job: &Job<'_>) {
        let mut woken = 0;
        while woken < WAKE_FANOUT
            && let Some(index) = job.next_to_wake()
        {
            let worker = self.worker(index);
            woken += usize::from(worker.is_some_and(|worker| worker.wake_for(address_of(job))));
        }
    }
}

/// What stands for `job` in a mailbox.
fn address_of(job: &Job<'_>) -> *mut () {
    ptr::from_ref(job).cast::<()>().cast_mut()
}

/// The workers that hold a job. Dropping it takes the job back from those that have not begun and waits for the others.
pub(super) struct Crew<'a> {
    pool: &'static Pool,
    job: &'a Job<'a>,
    assigned: usize,
    /// The index after the last assigned worker.
    end: usize,
}

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        let workers = (0..self.end).filter_map(|index| self.pool.worker(index));
        let withdrawn = workers.filter(|worker| worker.withdraw(address_of(self.job))).count();
        let has_processors = self.assigned < self.pool.processors;
        self.job.wait_for(self.assigned - withdrawn, if has_processors { SPIN } else { Duration::ZERO });
    }
}

/// In a mailbox: the worker is at work. No job has this address, because jobs are aligned.
const BUSY: *mut () = ptr::without_provenance_mut(1);

impl Worker {
    /// Starts the thread of the worker at `index`.
    fn start(pool: &'static Pool, index: usize) -> std::io::Result<&'static Self> {
        let mail = AtomicPtr::new(ptr::null_mut());
        let worker = Box::new(Self { mail, asleep: AtomicBool::new(false), thread: OnceLock::new() });
        let worker: &'static Self = Box::leak(worker);
        // More threads than processors must not keep each other from working by waiting awake.
        let spin = if index + 1 < pool.processors { SPIN } else { Duration::ZERO };
        let node = pool.home.as_ref().map_or_else(String::new, |home| format!("n{}-", home.group.node));
        let builder = sync::Builder::new().name(format!("dgen-{node}{index}"));
        let handle = builder.spawn(move || {
            if let Some(home) = &pool.home {
                // Whether this is allowed was found out when the placement was made; refused, it costs speed only.
                _ = home.system.set_affinity(&home.group.cpus);
            }
            worker.serve(pool, spin);
        })?;
        worker.thread.get_or_init(|| handle.thread().clone());
        Ok(worker)
    }

    /// Puts `job` into an empty mailbox; whether it was empty.
    fn offer(&self, job: *mut ()) -> bool {
        // Sequential consistency here and in `sleep`: either the worker sees the job, or the caller sees it asleep.
        self.mail.load(Ordering::Relaxed).is_null()
            && self.mail.compare_exchange(ptr::null_mut(), job, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Takes `job` back; whether the worker had not taken it.
    fn withdraw(&self, job: *mut ()) -> bool {
        self.mail.load(Ordering::Relaxed) == job
            && self.mail.compare_exchange(job, ptr::null_mut(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Wakes the worker if it holds `job` and sleeps; whether it did.
    fn wake_for(&self, job: *mut ()) -> bool {
        let sleeps = self.asleep.load(Ordering::SeqCst) && self.mail.load(Ordering::Relaxed) == job;
        if let (true, Some(thread)) = (sleeps, self.thread.get()) {
            thread.unpark();
        }
        sleeps
    }

    /// The life of a worker thread.
    fn serve(&self, pool: &'static Pool, spin: Duration) {
        RUNS_TASKS.set(true);
        loop {
            let has_mail = || !self.mail.load(Ordering::Relaxed).is_null();
            if !spin_until(spin, has_mail) {
                self.sleep();
            }
            let mail = self.mail.load(Ordering::Relaxed);
            // The job may have been taken back meanwhile, and another put there.
            if !mail.is_null() && self.mail.compare_exchange(mail, BUSY, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                self.work_on(mail.cast(), pool);
            }
        }
    }

    /// Sleeps until there is mail; it may be gone again on return.
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        while self.mail.load(Ordering::SeqCst).is_null() {
            sync::park();
        }
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Works on the job at `job`, which this worker has taken from its mailbox, and leaves it.
    fn work_on(&self, job: *const Job<'_>, pool: &Pool) {
        let caller = {
            // SAFETY: `assign` put the address of a live job into the mailbox, and this worker took it, so `withdraw`
            // fails for it and the crew's drop, without which the caller cannot end the borrow of the job, waits
            // until this worker has left. It leaves below, after the last use of this reference. What the job
            // borrows lives at least as long as the job. A job is `Sync`: checked by `assert_sync` below.
            let job = unsafe { &*job };
            job.participate(|job| pool.wake_some(job));
            job.caller()
        };
        // Empty first, so that the caller's next call finds this worker idle.
        self.mail.store(ptr::null_mut(), Ordering::Release);
        // SAFETY: as above, the job lives until the count is changed; the reference reaches no further than the count,
        // which is atomic, and `leave` does not use it after the change.
        let balance = unsafe { (*job).balance() };
        job::leave(balance, &caller);
    }
}

/// Sharing a job between threads is what this module does by hand, so the compiler is asked here.
const fn assert_sync<T: Sync>() {}
const _: () = assert_sync::<Job<'_>>();
