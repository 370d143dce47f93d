//! Reading back after writing finds what the device lost.

use std::sync::atomic::{AtomicBool, Ordering};

use dgen::{DamageKind, ErrorKind};

use super::{folder, options, paths};
use crate::engine::mock::{MockMachine, Script};
use crate::metrics::watch::Watch;
use crate::options::{modes::DirectMode, modes::EngineChoice, order::Order};
use crate::write::{options::WriteOptions, write, write_on};

fn checked(size: u64) -> WriteOptions {
    WriteOptions { verify: true, buffer_size: Some(8192), ..options(size) }
}

#[test]
fn a_lost_write_is_found() {
    for order in [Order::Sequential, Order::Random(1)] {
        let folder = folder();
        let mut options = checked(1 << 20);
        options.io.order = order;
        let script = Script { lost: Some(300_000), device_rate: Some(1 << 30), ..Script::default() };
        let outcome =
            write_on(&MockMachine::new(script), &paths(folder.path(), 1), &options, Watch::default()).unwrap();
        assert!(outcome.error.is_none() && outcome.report.bytes_written == 1 << 20);
        let found = outcome.report.verify.unwrap();
        assert!(!found.ok && found.elapsed_ns > 0);
        let range = &found.ranges[0].range;
        assert_eq!((range.offset, range.length, range.kind), (294_912, 8192, DamageKind::Zeroed));
    }
}

#[test]
fn what_was_written_is_right_and_the_way_is_named() {
    for (direct, size) in [(DirectMode::Auto, 5_000_001), (DirectMode::Off, 1), (DirectMode::Off, 300_000)] {
        let folder = folder();
        let options = WriteOptions { direct, offset: 4096, ..checked(size + 1) };
        let report = write(&paths(folder.path(), 2), &options, Watch::default()).unwrap().report;
        let found = report.verify.unwrap();
        assert!(found.ok && found.bytes_checked == size + 1 && found.files.len() == 2);
        for file in &found.files {
            let dropped = file.direct_reason.contains("dropped") || file.direct_reason.contains("memory");
            assert_eq!(dropped, !file.direct, "{}", file.direct_reason);
        }
    }
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let report = write(&paths(memory.path(), 1), &checked(10_000), Watch::default()).unwrap().report;
    assert!(report.verify.unwrap().files[0].direct_reason.contains("memory"));
    let error = write(&["/dev/null".into()], &checked(10_000), Watch::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn what_a_time_limit_left_is_read_back() {
    for order in [Order::Sequential, Order::Random(7)] {
        let folder = folder();
        let mut options = checked(1 << 30);
        options.io.order = order;
        options.io.engine = EngineChoice::IoUring;
        options.io.time_limit = Some(std::time::Duration::from_millis(50));
        let script = Script { device_rate: Some(20_000_000), ..Script::default() };
        let outcome =
            write_on(&MockMachine::new(script), &paths(folder.path(), 1), &options, Watch::default()).unwrap();
        assert!(outcome.error.is_none());
        match outcome.report.verify {
            Some(found) => assert!(found.ok && found.bytes_checked == outcome.report.valid_prefix),
            None => assert!(outcome.report.run.warnings.iter().any(|text| text.contains("read back"))),
        }
    }
}

#[test]
fn an_interrupted_write_is_not_read_back() {
    let folder = folder();
    let cancel = AtomicBool::new(true);
    let watch = Watch { cancel: Some(&cancel), ..Watch::default() };
    let outcome = write(&paths(folder.path(), 1), &checked(1 << 20), watch).unwrap();
    assert!(cancel.load(Ordering::Relaxed) && outcome.report.verify.is_none());
    assert_eq!(outcome.error.unwrap().kind(), ErrorKind::Interrupted);
}
