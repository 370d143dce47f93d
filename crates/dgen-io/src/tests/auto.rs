//! Automatic tuning leaves right files, nothing beside them, and what was given. Tries take virtual time, so that none takes
//! that of the others on a busy machine.

use std::fs;
use std::path::Path;

use super::{assert_holds, folder, options, paths};
use crate::engine::mock::{MockMachine, Script};
use crate::metrics::watch::Watch;
use crate::read::{options::ReadOptions, read_on};
use crate::write::{options::WriteOptions, write_on};

const SIZE: u64 = (200 << 20) + 4097;

fn auto(size: u64) -> WriteOptions {
    WriteOptions { auto: true, ..options(size) }
}

fn machine() -> MockMachine {
    MockMachine::new(Script { device_rate: Some(1 << 30), ..Script::default() })
}

fn writes_well(folder: &Path, options: &WriteOptions) -> crate::tune::setting::TuningReport {
    let paths = paths(folder, 1);
    let report = write_on(&machine(), &paths, options, Watch::default()).unwrap().report;
    assert_eq!((report.valid_prefix, report.error.as_ref()), (options.size, None));
    assert_eq!(fs::metadata(&paths[0]).unwrap().len(), options.size);
    assert_holds(&report);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "nothing else is left");
    let tuning = report.tuning.unwrap();
    assert_eq!((tuning.chosen.writers, tuning.chosen.depth), (report.run.writers, report.run.depth));
    assert_eq!(tuning.chosen.buffer_count, report.run.buffer_count);
    assert!(!tuning.reason.contains("failed"), "{}", tuning.reason);
    tuning
}

#[test]
fn files_are_right_and_steps_are_told() {
    for folder in [folder(), tempfile::tempdir_in("/dev/shm").unwrap()] {
        let tuning = writes_well(folder.path(), &auto(SIZE));
        let moved: u64 = tuning.steps.iter().map(|step| step.bytes).sum();
        assert!(tuning.steps.len() >= 2 && moved <= SIZE / 10, "{tuning:#?}");
        assert!(tuning.steps.iter().all(|step| step.bytes_per_s > 0.0 && step.bytes > 0));
        let options = ReadOptions { auto: true, ..ReadOptions::default() };
        let report = read_on(&machine(), &paths(folder.path(), 1), &options, Watch::default()).unwrap().report;
        assert_eq!(report.bytes_read, SIZE);
        assert!(report.tuning.unwrap().steps.len() >= 2);
    }
}

#[test]
fn given_options_are_kept() {
    let folder = folder();
    let mut options = auto(SIZE);
    (options.writers, options.buffer_size) = (Some(3), Some(256 << 10));
    let tuning = writes_well(folder.path(), &options);
    assert_eq!(tuning.kept, ["writers", "buffer_size"]);
    assert!(tuning.steps.iter().all(|step| (step.setting.writers, step.setting.buffer_size) == (3, 256 << 10)));
    let mut options = auto(SIZE);
    (options.io.depth, options.io.buffer_count) = (Some(2), Some(24));
    let tuning = writes_well(folder.path(), &options);
    assert_eq!(tuning.chosen.depth, 2);
    assert!(tuning.chosen.buffer_count <= 24 && tuning.kept == ["buffer_count", "depth"]);
}

#[test]
fn little_data_and_none_kept_are_fine() {
    for size in [1, 4097] {
        let folder = folder();
        let tuning = writes_well(folder.path(), &auto(size));
        assert!(tuning.steps.is_empty() && tuning.reason.contains("too little"), "{}", tuning.reason);
    }
    let report = write_on(&machine(), &["/dev/null".into()], &auto(SIZE), Watch::default()).unwrap().report;
    assert!(report.bytes_written == SIZE && report.tuning.unwrap().steps.len() >= 2);
}
