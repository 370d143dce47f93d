//! Reads among writes: the share is exact, what is read is compared, and the files are right at the end.

use std::fs;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use proptest::prelude::*;
use rustix::io::Errno;

use super::{assert_holds, folder, paths};
use crate::engine::{machine::Machine, machine::Real, mock::MockMachine, mock::Script, uring};
use crate::metrics::watch::Watch;
use crate::options::{modes::DirectMode, modes::EngineChoice, order::Order};
use crate::write::{options::WriteOptions, report::WriteReport, write, write_on};

fn deep(size: u64, percent: u64) -> WriteOptions {
    WriteOptions { read_percent: percent, ..super::deep(size) }
}

fn assert_share(report: &WriteReport, percent: u64) {
    let reads = report.reads.as_ref().unwrap();
    let writes = report.run.operations;
    let expected = if percent == 100 { reads.operations } else { writes * percent / (100 - percent) };
    assert_eq!((reads.operations, reads.percent), (expected, percent));
    assert_eq!((reads.bytes_bad, reads.damage.as_ref()), (0, None));
    assert_eq!(reads.latency_counts.operations.iter().sum::<u64>(), reads.operations);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(120) })]

    #[test]
    fn files_equal_the_stream(
        size in 1..300_000_u64, percent in 1..100_u64, seed in any::<u64>(), random in any::<bool>(), direct in any::<bool>(),
        place in (0..20_000_u64, 0..9999_u64, 1..3_usize), real in 0..3_u8, queue in (1..5_usize, 1..4_usize, 1..3_u64),
        again in any::<bool>(),
    ) {
        let folder = folder();
        let (depth, vectored, passes) = queue;
        let (offset, file_offset, count) = place;
        let mut options = deep(size + 2, percent);
        (options.offset, options.file_offset) = (offset, if file_offset % 2 == 0 { 0 } else { file_offset });
        options.direct = if direct { DirectMode::Auto } else { DirectMode::Off };
        options.io.order = if random { Order::Random(seed) } else { Order::Sequential };
        (options.io.vectored, options.io.passes, options.io.depth) = (vectored, passes, Some(depth));
        let script = Script { short: 20, interrupted: 5, again: 5, shuffled: true, seed, ..Script::default() };
        let (mock, machine) = (MockMachine::new(script), Real::new());
        let machine: &dyn Machine = if real == 0 { &mock } else { &machine };
        if real == 1 || (real == 2 && uring::probe().is_err()) {
            (options.io.engine, options.io.depth) = (EngineChoice::Sync, None);
        }
        let paths = paths(folder.path(), count);
        for _ in 0..=u8::from(again) {
            let outcome = write_on(machine, &paths, &options, Watch::default()).unwrap();
            prop_assert!(outcome.error.is_none(), "{:?}", outcome.error);
            let report = outcome.report;
            prop_assert_eq!((report.bytes_written, report.valid_prefix), (options.size * passes, options.size));
            assert_holds(&report);
            assert_share(&report, percent);
            for file in &report.files {
                prop_assert_eq!(fs::metadata(&file.path).unwrap().len(), file.file_offset + file.size);
            }
            options.force = options.file_offset > 0;
        }
    }
}

#[test]
fn a_file_of_the_same_recipe_is_written_over_in_place() {
    for order in [Order::Sequential, Order::Random(7)] {
        let folder = folder();
        let paths = paths(folder.path(), 1);
        write(&paths, &deep(5_000_001, 0), Watch::default()).unwrap();
        let mut options = deep(5_000_001, 70);
        options.io.order = order;
        options.io.time_limit = Some(Duration::from_millis(20));
        let machine = MockMachine::new(Script { device_rate: Some(50_000_000), ..Script::default() });
        let report = write_on(&machine, &paths, &options, Watch::default()).unwrap().report;
        // The time ended it, and all is there.
        assert!(report.run.time_limited && report.bytes_written < 5_000_001, "{report:?}");
        let all = report.reads.unwrap().operations + report.run.operations;
        assert!(report.run.operations.abs_diff(all * 3 / 10) <= 16, "{} of {all}", report.run.operations);
        options = deep(5_000_001, 100);
        options.io.order = order;
        let report = write(&paths, &options, Watch::default()).unwrap().report;
        assert_share(&report, 100);
        assert_eq!((report.bytes_written, report.reads.unwrap().bytes_read >= 4_900_000), (0, true));
        options.read_percent = 30;
        let report = write(&paths, &options, Watch::default()).unwrap().report;
        assert_holds(&report);
        assert_share(&report, 30);
    }
}

#[test]
fn what_reads_back_wrong_is_told() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    write(&paths, &deep(1 << 20, 0), Watch::default()).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&paths[0]).unwrap();
    file.write_all_at(&[0; 4096], 409_600).unwrap();
    let mut options = deep(1 << 20, 100);
    options.force = true;
    let outcome = write(&paths, &options, Watch::default()).unwrap();
    let reads = outcome.report.reads.unwrap();
    assert!(outcome.error.is_none() && reads.bytes_bad == 4096, "{reads:?}");
    assert!(reads.damage.unwrap().contains("position 409600 read back zeroed"));
    // A lost write, too. With one writer each write is read back; of several, one could rest while others take all reads
    // for what lies before its write.
    let script = Script { lost: Some(100_000), ..Script::default() };
    let mut options = deep(1 << 20, 80);
    options.writers = Some(1);
    (options.stream, options.force) = (dgen::Stream::new(&dgen::Recipe::with_seed(3)).unwrap(), true);
    let outcome = write_on(&MockMachine::new(script), &paths, &options, Watch::default()).unwrap();
    assert!(outcome.report.reads.unwrap().bytes_bad >= 8192);
}

#[test]
fn reads_that_fail_end_the_run_where_the_writes_are() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    write(&paths, &deep(1 << 20, 0), Watch::default()).unwrap();
    let script = Script { failing: Some((500_000, Errno::IO)), ..Script::default() };
    let outcome = write_on(&MockMachine::new(script), &paths, &deep(1 << 20, 100), Watch::default()).unwrap();
    let error = outcome.error.unwrap();
    assert_eq!((error.offset(), error.raw_os_error()), (Some(500_000), Some(Errno::IO.raw_os_error())));
    assert!(error.to_string().contains("read"), "{error}");
    let whole = write(&paths, &deep(1 << 20, 100), Watch::default()).unwrap();
    assert!(whole.error.is_none());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = folder();
    let refused = |options: &WriteOptions, path: &str, word: &str| {
        let error = write(&[folder.path().join(path)], options, Watch::default()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    };
    refused(&deep(8192, 101), "f", "0 to 100");
    refused(&deep(8192, 100), "f", "has to be there");
    refused(&WriteOptions { resume: true, ..deep(8192, 50) }, "f", "resume");
    refused(
        &WriteOptions { io: crate::options::io::IoOptions::default(), ..deep(8192, 50) },
        "/dev/null",
        "nothing can be read back",
    );
}
