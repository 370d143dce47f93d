//! Shares, rates and time limits, in virtual time.

use std::time::Duration;

use super::{assert_holds, folder, mark, options, paths};
use crate::engine::mock::{MockMachine, Script};
use crate::metrics::watch::Watch;
use crate::options::modes::EngineChoice;
use crate::report::verdict::Bound;
use crate::write::{options::WriteOptions, report::WriteReport, write_on};

const MIB: u64 = 1 << 20;

fn one_writer(size: u64) -> WriteOptions {
    let mut options = options(size);
    (options.buffer_size, options.writers) = (Some(MIB), Some(1));
    // Virtual time is that of all threads together, so that only one generates.
    options.generators = Some(0);
    options.io.engine = EngineChoice::IoUring;
    options.io.depth = Some(4);
    options
}

fn run(script: Script, options: &WriteOptions) -> WriteReport {
    let folder = folder();
    let outcome = write_on(&MockMachine::new(script), &paths(folder.path(), 1), options, Watch::default()).unwrap();
    assert!(outcome.error.is_none());
    assert_holds(&outcome.report);
    outcome.report
}

#[test]
fn shares_say_what_limits() {
    let script =
        |device, generator| Script { device_rate: Some(device), generator_rate: Some(generator), ..Script::default() };
    let slow_device = run(script(100 * MIB, 10_000 * MIB), &one_writer(100 * MIB)).run;
    assert!(slow_device.generation_bound.unwrap() < 0.02, "{slow_device:?}");
    assert!(slow_device.storage_bound.unwrap() > 0.97 && slow_device.warnings.is_empty(), "{slow_device:?}");
    let slow_generator = run(script(1000 * MIB, 50 * MIB), &one_writer(100 * MIB)).run;
    assert!(slow_generator.generation_bound.unwrap() > 0.95, "{slow_generator:?}");
    assert!(slow_generator.storage_bound.unwrap() < 0.05, "{slow_generator:?}");
    assert!(slow_generator.warnings[0].contains("generation limited"), "{slow_generator:?}");
    let mut shares = [8000, 400, 200, 100, 50]
        .map(|generator| run(script(200 * MIB, generator * MIB), &one_writer(40 * MIB)).run.generation_bound.unwrap());
    assert!(shares.is_sorted(), "{shares:?}");
    shares.sort_by(f64::total_cmp);
    assert!(shares[0] < 0.02 && shares[4] > 0.9, "{shares:?}");
}

#[test]
fn a_throttled_generator_raises_its_share_and_is_named() {
    let script =
        |generator| Script { device_rate: Some(200 * MIB), generator_rate: Some(generator * MIB), ..Script::default() };
    let free = run(script(20_000), &one_writer(100 * MIB)).run;
    assert!(free.generation_bound.unwrap() <= 0.02, "{free:?}");
    assert_eq!(free.verdict.as_ref().unwrap().bound, Bound::StorageBound);
    assert!(!free.warnings.iter().any(|text| text.contains("generation limited")), "{free:?}");
    // A device twice as fast has nothing to do for half of the time.
    let mut one_ahead = one_writer(100 * MIB);
    (one_ahead.io.depth, one_ahead.io.buffer_count) = (Some(1), Some(2));
    let half = run(script(100), &one_ahead).run;
    assert!((0.45..0.55).contains(&half.generation_bound.unwrap()), "{half:?}");
    assert_eq!(half.verdict.as_ref().unwrap().bound, Bound::GenerationBound);
    assert!(half.verdict.as_ref().unwrap().meaning.contains("storage waited for data"), "{half:?}");
    assert!(half.warnings.iter().any(|text| text.contains("generation limited")), "{half:?}");
    // A longer queue is never full.
    let deep = run(script(100), &one_writer(100 * MIB)).run;
    assert!(deep.generation_bound.unwrap() > 0.95, "{deep:?}");
    // With one I/O at a time there is no overlap: two thirds of the time go to generating.
    let mut by_turns = one_writer(99 * MIB);
    (by_turns.io.depth, by_turns.io.buffer_count) = (Some(1), Some(1));
    let by_turns = run(script(100), &by_turns).run;
    assert!((0.65..0.69).contains(&by_turns.generation_bound.unwrap()), "{by_turns:?}");
    assert!((0.31..0.35).contains(&by_turns.storage_bound.unwrap()), "{by_turns:?}");
    assert_eq!(by_turns.verdict.as_ref().unwrap().bound, Bound::GenerationBound);
}

#[test]
fn generation_and_storage_overlap() {
    let script = Script { device_rate: Some(100 * MIB), generator_rate: Some(200 * MIB), ..Script::default() };
    let report = run(script, &one_writer(100 * MIB));
    // The first buffer has nothing to overlap with.
    assert!(report.run.elapsed_ns < 1_010_000_000, "{report:?}");
}

#[test]
fn a_rate_is_kept_and_latency_counts_from_when_an_io_was_due() {
    let mut options = one_writer(50 * MIB);
    options.io.rate = Some(10 * MIB);
    let fast = run(Script { device_rate: Some(1000 * MIB), ..Script::default() }, &options).run;
    assert!((4_900_000_000..5_000_000_000).contains(&fast.elapsed_ns), "{fast:?}");
    assert!(fast.latency_ns.unwrap().max < 2_000_000, "{fast:?}");
    assert!(fast.generation_bound.unwrap() < 0.01 && fast.storage_bound.unwrap() < 0.01, "{fast:?}");
    // A device of half the rate falls behind by 0.1 s with every I/O.
    let slow = run(Script { device_rate: Some(5 * MIB), ..Script::default() }, &options).run;
    assert!((9_900_000_000..10_100_000_000).contains(&slow.elapsed_ns), "{slow:?}");
    assert!((2_400_000_000..2_800_000_000).contains(&slow.latency_ns.unwrap().p50), "{slow:?}");
    options.io.rate = None;
    let unlimited = run(Script { device_rate: Some(5 * MIB), ..Script::default() }, &options).run;
    assert!(unlimited.latency_ns.unwrap().max <= 800_000_000, "{unlimited:?}");
}

#[test]
fn a_time_limit_leaves_a_whole_shorter_file() {
    let folder = folder();
    let mut options = one_writer(100 * MIB);
    options.io.time_limit = Some(Duration::from_secs(2));
    let machine = MockMachine::new(Script { device_rate: Some(10 * MIB), ..Script::default() });
    let paths = paths(folder.path(), 1);
    let outcome = write_on(&machine, &paths, &options, Watch::default()).unwrap();
    assert!(outcome.error.is_none());
    let report = outcome.report;
    assert!(report.run.time_limited && !report.interrupted);
    // What has begun is finished: at most a queue more.
    assert!((20 * MIB..=24 * MIB).contains(&report.bytes_written), "{report:?}");
    assert_eq!(report.valid_prefix, report.bytes_written);
    let file = std::fs::File::open(&paths[0]).unwrap();
    assert_eq!(file.metadata().unwrap().len(), report.bytes_written);
    if let Some(mark) = mark(&paths[0]) {
        assert_eq!(mark.range.size, report.bytes_written);
    }
    assert_holds(&report);
}
