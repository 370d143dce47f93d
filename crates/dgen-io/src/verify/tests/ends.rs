//! What is refused, how runs end, and what reports say of the way.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dgen::ErrorKind;

use super::*;
use crate::options::order::Order;

fn whole(size: u64) -> Case {
    Case { offset: 0, file_offset: 0, size, damage: Vec::new(), cut: None }
}

fn deep() -> VerifyOptions {
    let mut options = VerifyOptions {
        buffer_size: Some(4096),
        readers: Some(3),
        direct: DirectMode::Off,
        ..VerifyOptions::default()
    };
    (options.io.engine, options.io.depth) = (EngineChoice::IoUring, Some(4));
    options
}

#[test]
fn what_means_nothing_here_is_refused() {
    let folder = folder();
    let case = whole(10_000);
    let path = &paths(folder.path(), std::slice::from_ref(&case))[0];
    let refused = |change: &dyn Fn(&mut IoOptions)| {
        let mut options = deep();
        change(&mut options.io);
        verify_on(&MockMachine::default(), vec![case.job(path)], &options, Watch::default()).unwrap_err().kind()
    };
    assert_eq!(refused(&|io| io.order = Order::Random(1)), ErrorKind::Usage);
    assert_eq!(refused(&|io| io.passes = 2), ErrorKind::Usage);
    assert_eq!(refused(&|io| io.time_limit = Some(std::time::Duration::from_secs(1))), ErrorKind::Usage);
    assert_eq!(refused(&|io| (io.engine, io.depth) = (EngineChoice::Null, None)), ErrorKind::Usage);
    assert_eq!(refused(&|io| io.vectored = 2), ErrorKind::Usage);
    assert_eq!(refused(&|io| io.iopoll = true), ErrorKind::Usage);
}

#[test]
fn a_verification_that_is_stopped_says_how_far_it_came() {
    let folder = folder();
    let case = whole(1 << 20);
    let path = &paths(folder.path(), std::slice::from_ref(&case))[0];
    let (cancel, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let machine = MockMachine::new(Script { device_rate: Some(1 << 20), shuffled: true, ..Script::default() });
    // The file is one of two; the pipe before it stops the work in its middle.
    let stops = Stops { cancel: &cancel, left: 300_000 };
    let mut first = case.job(path);
    first.source = VerifySource::Reader("pipe".into(), Box::new(stops));
    first.recipe = "dgen1,seed=1".parse().unwrap();
    let watch = Watch { cancel: Some(&cancel), done: Some(&done), ..Watch::default() };
    let outcome = verify_on(&machine, vec![first, case.job(path)], &deep(), watch).unwrap();
    let report = outcome.report;
    assert_eq!(outcome.error.unwrap().kind(), ErrorKind::Interrupted);
    assert!(report.interrupted && !report.ok && report.files.len() == 1);
    assert!((300_000..300_000 + 3 * 4096).contains(&report.bytes_checked), "{report:?}");
    assert_eq!(report.bytes_checked, done.load(Ordering::Relaxed));

    let outcome = verify_on(&machine, vec![case.job(path)], &deep(), watch).unwrap();
    assert_eq!(outcome.error.unwrap().to_string(), "interrupted after 0 B of 1.00 MiB");
    assert_eq!((outcome.report.files.len(), outcome.report.bytes_checked), (1, 0));
}

/// Zeros that set a flag after so many.
struct Stops<'a> {
    cancel: &'a AtomicBool,
    left: usize,
}

impl std::io::Read for Stops<'_> {
    fn read(&mut self, data: &mut [u8]) -> std::io::Result<usize> {
        self.left = self.left.saturating_sub(data.len());
        self.cancel.store(self.left == 0, Ordering::Relaxed);
        data.fill(0);
        Ok(data.len())
    }
}

#[test]
fn reports_say_how_it_was_read() {
    let folder = folder();
    let case = whole(1 << 20);
    let path = &paths(folder.path(), std::slice::from_ref(&case))[0];
    let machine = MockMachine::new(Script { device_rate: Some(1 << 20), ..Script::default() });
    let mut options = deep();
    options.readers = Some(1);
    options.io.rate = Some(1 << 30);
    let report = verify_on(&machine, vec![case.job(path)], &options, Watch::default()).unwrap().report;
    assert!(report.ok);
    assert_eq!((report.engine, report.depth, report.readers, report.buffer_count), ("io_uring", 4, 1, 8));
    assert_eq!((report.direct, report.advice, report.rate_bytes_per_s), (false, "sequential", Some(1 << 30)));
    let longest = report.latency_ns.unwrap().max;
    assert!(longest > 0 && report.latency_counts.up_to_ns.last() == Some(&longest));
    // Virtual time passes in the device alone.
    assert!(report.storage_bound.unwrap() > 0.98 && report.generation_bound.unwrap() < 0.02, "{report:?}");
    assert_eq!(machine.deepest.load(Ordering::Relaxed), 4);
}

#[test]
fn without_io_uring_it_goes_on_and_a_name_is_refused() {
    let folder = folder();
    let case = whole(100_000);
    let path = &paths(folder.path(), std::slice::from_ref(&case))[0];
    let machine = MockMachine::new(Script { no_ring: Some("a policy forbids it"), ..Script::default() });
    let mut options = deep();
    let error = verify_on(&machine, vec![case.job(path)], &options, Watch::default()).unwrap_err();
    assert!(error.kind() == ErrorKind::Unsupported && error.to_string().contains("a policy forbids it"), "{error}");
    options.io.engine = EngineChoice::Auto;
    let report = verify_on(&machine, vec![case.job(path)], &options, Watch::default()).unwrap().report;
    assert!(report.ok && report.engine == "sync" && report.depth == 1);
    assert!(report.engine_reason.contains("a policy forbids it"), "{report:?}");
    assert!(report.warnings.iter().any(|warning| warning.contains("a policy forbids it")), "{report:?}");
    // One that is refused when it is made is an error, with nothing checked.
    let machine = MockMachine::new(Script { ring_refused: true, ..Script::default() });
    let outcome = verify_on(&machine, vec![case.job(path)], &deep(), Watch::default()).unwrap();
    assert!(outcome.error.unwrap().to_string().contains("no ring"));
    assert!(!outcome.report.ok && outcome.report.bytes_checked == 0 && outcome.report.bytes_bad == 0);
}

#[test]
fn direct_io_that_is_refused_late_falls_back_unless_it_was_asked_for() {
    let folder = folder();
    let case = whole(100_000);
    let path = &paths(folder.path(), std::slice::from_ref(&case))[0];
    let machine = MockMachine::new(Script { no_direct: true, ..Script::default() });
    for (direct, falls_back) in [(DirectMode::Auto, true), (DirectMode::On, false)] {
        let options = VerifyOptions { direct, ..deep() };
        let Ok(outcome) = verify_on(&machine, vec![case.job(path)], &options, Watch::default()) else {
            println!("skipped: optional: no direct I/O in the folder of the tests");
            continue;
        };
        assert_eq!((outcome.error.is_none(), outcome.report.ok), (falls_back, falls_back));
        assert!(!outcome.report.direct || !falls_back);
    }
}
