//! A child of `fork` starts its own threads and waits for none of its parent's.
#![allow(unsafe_code)] // The test makes the raw system calls that the driver must survive.

use super::{run, worker_count};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn sum(threads: usize) -> usize {
    let sum = AtomicUsize::new(0);
    run(threads, 1000, &|task| {
        std::hint::black_box((0..200).fold(task, |a, b| a ^ b));
        sum.fetch_add(task, Ordering::Relaxed);
    });
    sum.into_inner()
}

/// What the child does; its exit code says what went wrong.
fn child() -> i32 {
    if worker_count() != 0 {
        return 1;
    }
    for _ in 0..50 {
        if sum(4) != 499_500 {
            return 2;
        }
    }
    if worker_count() == 0 { 3 } else { 0 }
}

/// Forks, runs `child` in the child and returns its exit code; `None` if it takes longer than ten seconds.
fn fork_and_wait() -> Option<i32> {
    // SAFETY: the child uses memory of its own, the allocator (which the C library makes usable after `fork`) and
    // the driver, which is what is being tested; it ends with `_exit` and never returns into the test harness.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid == 0 {
        let code = std::panic::catch_unwind(child).unwrap_or(4);
        // SAFETY: ends the process at once; no destructor of the copied parent may run.
        unsafe { libc::_exit(code) };
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let mut status = 0;
        // SAFETY: `status` is a live integer that the call may write to; `pid` is our own child.
        let done = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
        if done == pid {
            return Some(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 });
        }
        if Instant::now() > deadline {
            // SAFETY: plain calls on our own child, which has not been reaped.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
                libc::waitpid(pid, &raw mut status, 0);
            }
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_child_has_threads_of_its_own() {
    assert_eq!(sum(4), 499_500);
    assert_eq!(fork_and_wait(), Some(0));
    assert_eq!(sum(4), 499_500);
}

#[test]
fn forks_while_other_threads_are_in_calls() {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(sum(3), 499_500);
                }
            });
        }
        let results: Vec<_> = (0..30).map(|_| fork_and_wait()).collect();
        stop.store(true, Ordering::Relaxed);
        assert!(results.iter().all(|&code| code == Some(0)), "{results:?}");
    });
}
