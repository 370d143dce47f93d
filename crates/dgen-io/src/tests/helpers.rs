//! Threads that generate beside the workers: the same bytes, whatever their number, and a clean end, whatever happens.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dgen::ErrorKind;
use proptest::prelude::*;
use rustix::io::Errno;

use super::{assert_holds, folder, options, paths};
use crate::engine::{machine::Real, mock::MockMachine, mock::Script};
use crate::metrics::watch::Watch;
use crate::options::{modes::EngineChoice, order::Order};
use crate::write::{options::WriteOptions, report::WriteReport, write_on};

fn helped(size: u64, buffer: u64, writers: usize, generators: usize) -> WriteOptions {
    let mut options = options(size);
    (options.buffer_size, options.writers, options.generators) = (Some(buffer), Some(writers), Some(generators));
    options.io.engine = EngineChoice::IoUring;
    options
}

fn on_mock(script: Script, options: &WriteOptions) -> (WriteReport, Option<dgen::Error>) {
    let folder = folder();
    let outcome = write_on(&MockMachine::new(script), &paths(folder.path(), 1), options, Watch::default()).unwrap();
    assert_holds(&outcome.report);
    (outcome.report, outcome.error)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn files_equal_the_stream_with_any_number_of_helpers(
        size in 2..3_000_000_u64, buffer in prop_oneof![4096..20_000_u64, Just(65536), Just(300_000)],
        writers in 1..4_usize, generators in 0..6_usize, depth in 1..6_usize, count in 1..3_usize,
        buffer_count in prop_oneof![Just(None), (4..40_usize).prop_map(Some)], order in any::<Option<u64>>(),
        real in any::<bool>(), shuffled in any::<bool>(), seed in any::<u64>(), passes in 1..3_u64,
    ) {
        let folder = folder();
        let mut options = helped(size, buffer, writers, generators);
        (options.io.passes, options.io.buffer_count) = (passes, buffer_count);
        options.io.order = order.map_or(Order::Sequential, Order::Random);
        let script = Script { short: 10, interrupted: 5, shuffled, seed, ..Script::default() };
        let paths = paths(folder.path(), count);
        let outcome = if real {
            options.io.engine = EngineChoice::Sync;
            write_on(&Real::new(), &paths, &options, Watch::default())
        } else {
            options.io.depth = Some(depth).filter(|_| buffer_count.is_none());
            write_on(&MockMachine::new(script), &paths, &options, Watch::default())
        };
        let outcome = outcome.unwrap();
        prop_assert!(outcome.error.is_none(), "{:?}", outcome.error);
        let report = outcome.report;
        prop_assert_eq!((report.bytes_written, report.valid_prefix), (size * passes, size));
        prop_assert!(report.run.generators <= generators);
        assert_holds(&report);
    }

    #[test]
    fn a_device_that_fails_leaves_a_valid_prefix(at in 0..2_000_000_u64, seed in any::<u64>(), writers in 1..4_usize) {
        let options = helped(2_000_000, 8192, writers, 3);
        let script = Script { failing: Some((at, Errno::IO)), short: 20, shuffled: true, seed, ..Script::default() };
        let (report, error) = on_mock(script, &options);
        prop_assert_eq!(error.unwrap().offset(), Some(at));
        prop_assert_eq!(report.valid_prefix, at);
    }
}

#[test]
fn helpers_take_part_and_are_counted() {
    for (engine, writers) in [(EngineChoice::IoUring, 1), (EngineChoice::IoUring, 2), (EngineChoice::Sync, 1)] {
        let mut options = helped(64 << 20, 1 << 20, writers, 2);
        options.io.engine = engine;
        let (report, error) = on_mock(Script { needs_help: Some(0), ..Script::default() }, &options);
        assert!(error.is_none());
        assert!((1..=2).contains(&report.run.generators), "{:?}", report.run);
        options.generators = Some(0);
        assert_eq!(on_mock(Script::default(), &options).0.run.generators, 0);
    }
}

#[test]
fn nobody_helps_where_nothing_waits_for_data() {
    let mut options = helped(50 << 20, 1 << 20, 1, 0);
    (options.generators, options.threads) = (None, Some(8));
    let script = |device: u64, generator: u64| Script {
        device_rate: Some(device << 20),
        generator_rate: Some(generator << 20),
        ..Script::default()
    };
    let (slow, _) = on_mock(script(100, 10_000), &options);
    assert_eq!(slow.run.generators, 0, "{:?}", slow.run);
    let (fast, _) = on_mock(Script { needs_help: Some(10 << 20), ..script(10_000, 100) }, &options);
    assert!(fast.run.generators > 0, "{:?}", fast.run);
    // As many threads as workers leave none to help.
    options.threads = Some(1);
    assert_eq!(on_mock(script(10_000, 100), &options).0.run.generators, 0);
}

#[test]
fn a_generator_that_fails_is_an_error_with_a_valid_prefix() {
    for (generators, writers, buffer) in [(2, 1, 1 << 20), (3, 2, 8192), (0, 1, 1 << 20)] {
        let options = helped(32 << 20, buffer, writers, generators);
        let script = Script { fails_to_generate: Some(5_000_000), ..Script::default() };
        let (report, error) = on_mock(script, &options);
        let error = error.unwrap().to_string();
        assert!(error.contains("generator failed"), "{error}");
        assert!(report.valid_prefix < 32 << 20 && report.error.is_some() && !report.interrupted);
    }
}

#[test]
fn cancelling_and_time_limits_end_at_once() {
    for buffer in [8192, 1 << 20] {
        let folder = folder();
        let (cancel, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let watch = Watch { cancel: Some(&cancel), done: Some(&done), ..Watch::default() };
        let mut options = helped(1 << 40, buffer, 2, 3);
        options.preallocate = false;
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < 4 << 20 {
                    std::thread::yield_now();
                }
                cancel.store(true, Ordering::Relaxed);
            });
            write_on(&MockMachine::default(), &paths(folder.path(), 1), &options, watch).unwrap()
        });
        assert_eq!(outcome.error.unwrap().kind(), ErrorKind::Interrupted);
        assert!(outcome.report.valid_prefix >= 4 << 20);
        assert_eq!(outcome.report.valid_prefix, fs::metadata(folder.path().join("f0")).unwrap().len());
        assert_holds(&outcome.report);
    }
    let mut options = helped(1 << 30, 1 << 20, 1, 2);
    options.io.time_limit = Some(Duration::from_secs(1));
    let (report, error) = on_mock(Script { device_rate: Some(20 << 20), ..Script::default() }, &options);
    assert!(error.is_none() && report.run.time_limited);
    assert_eq!(report.valid_prefix, report.bytes_written);
}

#[test]
fn buffers_bound_the_number_of_helpers() {
    let mut options = helped(64 << 20, 1 << 20, 2, 8);
    options.io.buffer_count = Some(4);
    let (report, _) = on_mock(Script::default(), &options);
    assert!(report.run.generators <= 2 && report.run.buffer_count == 4);
    assert!(report.run.warnings.iter().any(|text| text.contains("generators lowered from 8 to 2")), "{report:?}");
}
