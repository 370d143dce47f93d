//! What answers, the device or memory, and what reports say of it.

use std::fs::File;

use rustix::pipe::{SpliceFlags, fcntl_setpipe_size, pipe, splice};

use super::*;
use crate::read::{options::ReadOptions, read};
use crate::storage::origin::DataOrigin;
use crate::storage::residency::cached;

const SIZE: u64 = 300_001;

fn options(direct: DirectMode) -> VerifyOptions {
    VerifyOptions { direct, ..VerifyOptions::default() }
}

/// A file whose range begins and ends inside sectors; the cache has it.
fn written(folder: &Path) -> (Case, PathBuf) {
    let case = Case { offset: 1000, file_offset: 1000, size: SIZE, damage: Vec::new(), cut: None };
    let path = paths(folder, std::slice::from_ref(&case)).remove(0);
    (case, path)
}

fn verified(case: &Case, path: &Path, options: &VerifyOptions) -> VerifySummary {
    let outcome = verify_on(&Real::new(), vec![case.job(path)], options, Watch::default()).unwrap();
    assert!(outcome.error.is_none() && outcome.report.ok, "{:?}", outcome.report);
    outcome.report
}

/// Pages of the file in the cache, where the system says.
fn pages(path: &Path) -> Option<u64> {
    cached(&File::open(path).unwrap(), 0, SIZE + 1000).map(|cached| cached.pages)
}

#[test]
fn the_cache_is_empty_before_and_stays_so_where_reads_are_direct() {
    let folder = folder();
    let (case, path) = written(folder.path());
    let report = verified(&case, &path, &VerifyOptions::default());
    assert_eq!(report.data_read_from, report.files[0].data_read_from);
    if report.direct {
        // Also the parts of sectors at both ends.
        assert_eq!(pages(&path).unwrap_or(0), 0, "{report:?}");
        assert_ne!(report.data_read_from, Some(DataOrigin::ComparedInMemory), "{report:?}");
    } else {
        println!("skipped: optional: no direct I/O in the folder of the tests");
    }
    let stays = report.data_read_from != Some(DataOrigin::ReadFromTheDevice);
    assert_eq!(!report.warnings.is_empty(), stays, "{report:?}");
}

#[test]
fn where_memory_may_answer_it_keeps_what_it_has() {
    let folder = folder();
    let (case, path) = written(folder.path());
    let before = pages(&path);
    let report = verified(&case, &path, &VerifyOptions { cached: true, ..VerifyOptions::default() });
    assert_eq!(report.data_read_from, Some(DataOrigin::ComparedInMemory));
    assert!(!report.direct && report.direct_reason.contains("cached") && report.warnings.is_empty(), "{report:?}");
    assert!(is_cached(&path) && pages(&path) == before);
    let read_options = ReadOptions { cached: true, ..ReadOptions::default() };
    let report = read(std::slice::from_ref(&path), &read_options, Watch::default()).unwrap().report;
    assert_eq!(report.files[0].data_read_from, Some(DataOrigin::ComparedInMemory));
    assert!(!report.run.direct && report.run.warnings.is_empty() && is_cached(&path), "{report:?}");
}

#[test]
fn contradictions_are_refused_by_name() {
    let folder = folder();
    let (case, path) = written(folder.path());
    let advice = crate::storage::advice::Advice::DontNeed;
    for (options, name) in [
        (VerifyOptions { cached: true, ..options(DirectMode::On) }, "direct"),
        (VerifyOptions { cached: true, advice, ..options(DirectMode::Auto) }, "advise"),
    ] {
        let error = verify_on(&Real::new(), vec![case.job(&path)], &options, Watch::default()).unwrap_err();
        assert_eq!(error.kind(), dgen::ErrorKind::Usage);
        assert!(error.to_string().contains("cached") && error.to_string().contains(name), "{error}");
        let (direct, advice) = (options.direct, options.advice);
        let options = ReadOptions { direct, advice, cached: true, ..ReadOptions::default() };
        let error = read(std::slice::from_ref(&path), &options, Watch::default()).unwrap_err();
        assert!(error.to_string().contains("cached") && error.to_string().contains(name), "{error}");
    }
}

#[test]
fn pages_that_cannot_be_dropped_are_told_of() {
    let folder = folder();
    let (case, path) = written(folder.path());
    let buffered = options(DirectMode::Off);
    if verified(&case, &path, &buffered).data_read_from != Some(DataOrigin::ReadFromTheDevice) {
        println!("skipped: optional: it is not known what the folder of the tests lies on");
        return;
    }
    // A pipe holds on to pages as a mapping does.
    let file = File::open(&path).unwrap();
    let (_reader, writer) = pipe().unwrap();
    _ = fcntl_setpipe_size(&writer, 1 << 16);
    let held = splice(&file, Some(&mut 0), &writer, None, 1 << 15, SpliceFlags::NONBLOCK).unwrap();
    assert!(held > 0);
    let report = verified(&case, &path, &buffered);
    let reason = report.files[0].data_read_from_reason.clone().unwrap();
    if report.data_read_from == Some(DataOrigin::ReadFromTheDevice) && pages(&path) == Some(0) {
        println!("skipped: optional: this kernel copies into pipes");
        return;
    }
    assert_eq!(report.data_read_from, Some(DataOrigin::ComparedInMemory), "{report:?}");
    assert!(reason.contains("stay in the page cache"), "{reason}");
    assert!(report.warnings.iter().any(|text| text.contains("compared in memory")), "{report:?}");
    // The device can still be asked past them.
    let direct = verified(&case, &path, &VerifyOptions::default());
    assert_eq!(direct.data_read_from == Some(DataOrigin::ComparedInMemory), !direct.direct, "{direct:?}");
}

#[test]
fn what_has_no_device_is_told() {
    let memory = tempfile::tempdir_in("/dev/shm").unwrap();
    let (case, path) = written(memory.path());
    for options in [VerifyOptions::default(), options(DirectMode::Off)] {
        let report = verified(&case, &path, &options);
        assert_eq!(report.data_read_from, Some(DataOrigin::ComparedInMemory), "{report:?}");
        assert!(report.warnings[0].contains("compared in memory") && report.warnings.len() == 1, "{report:?}");
    }
    let content = data(&recipe(), case.offset, usize::try_from(SIZE).unwrap());
    let pipe = VerifySource::Reader("pipe".into(), Box::new(&*content));
    let jobs = vec![VerifyJob { source: pipe, ..case.job(&path) }];
    let report = verify_on(&Real::new(), jobs, &VerifyOptions::default(), Watch::default()).unwrap().report;
    assert_eq!(report.files[0].data_read_from, Some(DataOrigin::ComparedInMemory));
    assert!(report.warnings.is_empty(), "nobody expects a device of a pipe: {report:?}");
}

#[test]
fn a_later_pass_finds_what_an_earlier_one_read() {
    let folder = folder();
    let (_, path) = written(folder.path());
    let reading = |direct, passes| {
        let io = IoOptions { passes, ..IoOptions::default() };
        let options = ReadOptions { direct, io, ..ReadOptions::default() };
        read(std::slice::from_ref(&path), &options, Watch::default()).unwrap().report
    };
    let (once, twice) = (reading(DirectMode::Off, 1), reading(DirectMode::Off, 2));
    assert_eq!(twice.data_read_from, Some(DataOrigin::ComparedInMemory), "{twice:?}");
    let direct = [reading(DirectMode::Auto, 1), reading(DirectMode::Auto, 2)];
    if once.data_read_from == Some(DataOrigin::ReadFromTheDevice) && direct[0].run.direct {
        assert_eq!(direct[0].data_read_from, direct[1].data_read_from);
    }
}

#[test]
fn a_file_that_is_changed_meanwhile_is_told_of() {
    struct Touches<'a>(&'a Path, &'a [u8]);
    impl std::io::Read for Touches<'_> {
        fn read(&mut self, data: &mut [u8]) -> std::io::Result<usize> {
            File::options().write(true).open(self.0)?.set_modified(std::time::SystemTime::UNIX_EPOCH)?;
            self.1.read(data)
        }
    }
    let folder = folder();
    let (case, path) = written(folder.path());
    let content = data(&recipe(), 0, 5000);
    let first = VerifyJob {
        source: VerifySource::Reader("pipe".into(), Box::new(Touches(&path, &content))),
        range: StreamRange::new(0, 5000).unwrap(),
        file_offset: 0,
        end: Some(5000),
        ..case.job(&path)
    };
    let options = VerifyOptions::default();
    let report = verify_on(&Real::new(), vec![first, case.job(&path)], &options, Watch::default()).unwrap().report;
    assert!(report.ok && report.warnings.iter().any(|text| text.contains("was changed while")), "{report:?}");
}
