//! What the driver promises: every task once, no deadlock, panics passed on, and a fresh start after `fork`.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// `full` repetitions, or the few that an interpreter of Rust has time for.
const fn repeated(full: usize) -> usize {
    if cfg!(miri) { full.div_ceil(200) } else { full }
}

/// Runs `tasks` tasks on `threads` threads and asserts that each ran exactly once.
fn each_once(threads: usize, tasks: usize) {
    let counts: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
    run(threads, tasks, &|task| {
        counts[task].fetch_add(1, Ordering::Relaxed);
    });
    assert!(counts.into_iter().all(|count| count.into_inner() == 1), "{threads} threads, {tasks} tasks");
}

#[test]
fn every_task_runs_once() {
    for threads in [0, 1, 2, 3, repeated(40)] {
        for tasks in [0, 1, 2, 7, repeated(5000)] {
            each_once(threads, tasks);
        }
    }
}

#[test]
fn many_short_calls() {
    for call in 0..repeated(20_000) {
        each_once(2 + call % 3, call % 9);
    }
}

#[test]
fn calls_after_the_workers_fell_asleep() {
    for _ in 0..repeated(200) {
        std::thread::sleep(Duration::from_micros(300));
        each_once(4, 16);
    }
}

#[test]
#[cfg_attr(miri, ignore = "hundreds of threads")]
fn no_more_threads_are_started_than_calls_ask_for() {
    let most = 300; // No other test asks for more.
    each_once(most, 10_000);
    assert!((1..most).contains(&worker_count()), "{} workers", worker_count());
    each_once(usize::MAX, 3);
    assert!(worker_count() < most, "a call with few tasks started more threads");
}

#[test]
fn several_callers_at_once() {
    std::thread::scope(|scope| {
        for caller in 0..8 {
            scope.spawn(move || {
                for call in 0..repeated(1000) {
                    each_once(1 + (caller + call) % 5, 20);
                }
            });
        }
    });
}

#[test]
fn other_threads_help_with_long_tasks() {
    // Another test's call may keep the workers busy for a while, so the claim is that help comes at some time.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let names = std::sync::Mutex::new(std::collections::HashSet::new());
        run(3, 6, &|_| {
            std::thread::sleep(Duration::from_millis(5));
            names.lock().unwrap().insert(std::thread::current().id());
        });
        if names.into_inner().unwrap().len() == 3 {
            return;
        }
        assert!(Instant::now() < deadline, "no worker ever helped");
    }
}

#[test]
fn a_call_from_a_task_runs_on_its_thread() {
    let total = AtomicUsize::new(0);
    run(4, 12, &|_| {
        let outer = std::thread::current().id();
        run(4, 10, &|task| {
            assert_eq!(std::thread::current().id(), outer);
            total.fetch_add(task, Ordering::Relaxed);
        });
    });
    assert_eq!(total.into_inner(), 12 * 45);
}

#[test]
fn panics_reach_the_caller_after_all_tasks_ran() {
    for threads in [1, 4] {
        let ran = AtomicUsize::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            run(threads, 64, &|task| {
                ran.fetch_add(1, Ordering::Relaxed);
                assert!(task % 8 != 3, "task {task} fails");
            });
        }));
        let message = *result.unwrap_err().downcast::<String>().unwrap();
        assert!(message.ends_with("fails"), "{message}");
        assert_eq!(ran.into_inner(), 64);
        each_once(threads, 100);
    }
}

#[test]
fn a_panic_whose_payload_panics_on_drop_is_survived() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "the payload was dropped");
        }
    }
    let result = catch_unwind(|| run(3, 9, &|_| std::panic::panic_any(Bomb)));
    std::mem::forget(result.unwrap_err());
    each_once(3, 100);
}

#[test]
fn borrowed_data_is_written_in_place() {
    let mut rows = vec![[0u64; 64]; 100];
    let slots: Vec<_> = rows.iter_mut().map(std::sync::Mutex::new).collect();
    run(4, slots.len(), &|task| slots[task].lock().unwrap().fill(task as u64));
    drop(slots);
    assert!(rows.iter().enumerate().all(|(i, row)| row.iter().all(|&v| v == i as u64)));
}
