//! Faults end in right data, or in an error that says where, and a report that says what is valid.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dgen::ErrorKind;
use proptest::prelude::*;
use rustix::io::Errno;

use super::{assert_holds, deep, folder, paths};
use crate::engine::mock::{MockMachine, Script};
use crate::metrics::watch::Watch;
use crate::options::{modes::DirectMode, modes::EngineChoice, order::Order};
use crate::read::{options::ReadOptions, read_on};
use crate::write::write_on;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn a_device_that_fails_at_an_offset_leaves_a_valid_prefix(
        size in 1..300_000_u64, at in 0..1_000_000_u64, seed in any::<u64>(), shuffled in any::<bool>(),
        random in any::<bool>(), direct in any::<bool>(), count in 1..3_usize, vectored in 1..4_usize,
    ) {
        let folder = folder();
        let mut options = deep(size + 1);
        options.direct = if direct { DirectMode::Auto } else { DirectMode::Off };
        options.io.vectored = vectored;
        options.io.order = if random { Order::Random(seed) } else { Order::Sequential };
        let at = at % options.size;
        let script = Script { failing: Some((at, Errno::IO)), short: 20, interrupted: 5, shuffled, seed, ..Script::default() };
        let paths = paths(folder.path(), count);
        let outcome = write_on(&MockMachine::new(script), &paths, &options, Watch::default()).unwrap();
        let report = &outcome.report;
        let fits = report.files.iter().all(|file| file.size <= at);
        prop_assert_eq!(outcome.error.is_none(), fits);
        assert_holds(report);
        prop_assert!(report.valid_prefix <= report.bytes_written);
        if let Some(error) = &outcome.error {
            prop_assert_eq!((error.offset(), error.raw_os_error()), (Some(at), Some(Errno::IO.raw_os_error())));
            let failed = report.files.iter().find(|file| Some(file.path.as_path()) == error.path()).unwrap();
            prop_assert!(failed.valid_prefix <= at);
            let place = format!("offset {at}");
            prop_assert!(report.error.as_ref().unwrap().contains(&place));
            if random {
                return Ok(());
            }
            prop_assert_eq!(failed.valid_prefix, at);
            for file in &report.files {
                let len = fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
                prop_assert_eq!((len, file.removed), (file.valid_prefix, file.valid_prefix == 0));
            }
        }
    }
}

#[test]
fn trying_again_has_an_end() {
    let folder = folder();
    let script = Script { again: 100, ..Script::default() };
    let outcome =
        write_on(&MockMachine::new(script), &paths(folder.path(), 1), &deep(100_000), Watch::default()).unwrap();
    assert_eq!(outcome.error.unwrap().raw_os_error(), Some(Errno::AGAIN.raw_os_error()));
    assert_eq!((outcome.report.valid_prefix, outcome.report.bytes_written), (0, 0));
    assert!(!folder.path().join("f0").exists());
}

#[test]
fn the_queue_is_as_deep_as_asked_and_no_deeper() {
    let folder = folder();
    let machine = MockMachine::new(Script { device_rate: Some(1 << 20), ..Script::default() });
    let outcome = write_on(&machine, &paths(folder.path(), 1), &deep(1 << 20), Watch::default()).unwrap();
    assert_eq!(machine.deepest.load(Ordering::Relaxed), 4);
    let run = &outcome.report.run;
    assert_eq!((run.depth, run.writers, run.buffer_count), (4, 3, 129));
}

#[test]
fn without_io_uring_auto_goes_on_and_a_name_is_refused() {
    let folder = folder();
    let machine = MockMachine::new(Script { no_ring: Some("a policy forbids it"), ..Script::default() });
    let mut options = deep(100_000);
    let error = write_on(&machine, &paths(folder.path(), 1), &options, Watch::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("a policy forbids it"), "{error}");
    assert!(!folder.path().join("f0").exists());
    options.io.engine = EngineChoice::Auto;
    let outcome = write_on(&machine, &paths(folder.path(), 1), &options, Watch::default()).unwrap();
    let run = &outcome.report.run;
    assert_eq!((run.engine, run.depth, outcome.report.valid_prefix), ("sync", 1, 100_000));
    assert!(run.engine_reason.contains("a policy forbids it"), "{run:?}");
    assert!(run.warnings.iter().any(|warning| warning.contains("a policy forbids it")), "{run:?}");
    assert_holds(&outcome.report);
}

#[test]
fn a_ring_that_is_refused_late_is_an_error() {
    let folder = folder();
    let machine = MockMachine::new(Script { ring_refused: true, ..Script::default() });
    let outcome = write_on(&machine, &paths(folder.path(), 2), &deep(100_000), Watch::default()).unwrap();
    assert!(outcome.error.unwrap().to_string().contains("no ring"));
    assert_eq!(outcome.report.valid_prefix, 0);
    assert!(outcome.report.files.iter().all(|file| file.removed && !file.path.exists()));
}

#[test]
fn cancelling_finishes_what_is_claimed() {
    let folder = folder();
    let (cancel, done) = (AtomicBool::new(true), AtomicU64::new(0));
    let watch = Watch { cancel: Some(&cancel), done: Some(&done), ..Watch::default() };
    let machine = MockMachine::default();
    let outcome = write_on(&machine, &paths(folder.path(), 1), &deep(100_000), watch).unwrap();
    assert_eq!(outcome.error.unwrap().kind(), ErrorKind::Interrupted);
    assert!(outcome.report.interrupted && outcome.report.files[0].removed);
    assert_eq!(done.load(Ordering::Relaxed), 0);
}

#[test]
fn reads_fail_at_their_place() {
    let folder = folder();
    let path = folder.path().join("f");
    fs::write(&path, vec![7; 100_000]).unwrap();
    let mut options = ReadOptions { buffer_size: Some(4096), readers: Some(2), ..ReadOptions::default() };
    options.io.engine = EngineChoice::IoUring;
    let script = Script { short: 30, interrupted: 10, again: 10, shuffled: true, ..Script::default() };
    let read =
        |script| read_on(&MockMachine::new(script), std::slice::from_ref(&path), &options, Watch::default()).unwrap();
    let outcome = read(script.clone());
    assert!(outcome.error.is_none());
    assert_eq!((outcome.report.bytes_read, outcome.report.files[0].valid_prefix), (100_000, 100_000));
    let outcome = read(Script { failing: Some((50_001, Errno::IO)), ..script });
    let error = outcome.error.unwrap();
    assert_eq!((error.offset(), error.raw_os_error()), (Some(50_001), Some(Errno::IO.raw_os_error())));
    assert_eq!(outcome.report.files[0].valid_prefix, 50_001);
    assert!(outcome.report.bytes_read >= 50_001);
}

#[test]
fn direct_io_that_is_refused_late_falls_back_unless_it_was_asked_for() {
    let machine = MockMachine::new(Script { no_direct: true, ..Script::default() });
    for (direct, falls_back) in [(DirectMode::Auto, true), (DirectMode::On, false)] {
        let folder = folder();
        let mut options = deep(100_000);
        options.direct = direct;
        let Ok(outcome) = write_on(&machine, &paths(folder.path(), 1), &options, Watch::default()) else {
            println!("skipped: optional: no direct I/O in the folder of the tests");
            continue;
        };
        assert_holds(&outcome.report);
        assert!(!outcome.report.run.direct || !falls_back);
        let errno = outcome.error.map(|error| error.raw_os_error());
        assert_eq!(errno, (!falls_back).then_some(Some(Errno::INVAL.raw_os_error())));
    }
}

#[test]
fn a_device_that_takes_nothing_is_an_error() {
    let folder = folder();
    let machine = MockMachine::new(Script { stuck: true, ..Script::default() });
    let outcome = write_on(&machine, &paths(folder.path(), 1), &deep(100_000), Watch::default()).unwrap();
    let error = outcome.error.unwrap();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Io, Some(0)));
    assert!(outcome.report.files[0].removed);
}
