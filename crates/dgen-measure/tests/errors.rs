//! Bad options, unreadable inputs and interruption: an error with its context, never a panic.

mod common;

use std::cell::Cell;
use std::fs::File;
use std::io::{Error, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{dedup_only, noise};
use dgen::ErrorKind;
use dgen_measure::{Input, MeasureOptions, Watch, measure};

fn refused(change: impl Fn(&mut MeasureOptions)) -> String {
    let mut options = MeasureOptions::default();
    change(&mut options);
    let error = measure(vec![Input::Bytes(b"data")], &options, Watch::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert_eq!(options.validate().unwrap_err().to_string(), error.to_string());
    error.to_string()
}

#[test]
fn options_out_of_range_are_named() {
    let multiple = "a multiple of 512, from 512 to 1073741824";
    let power = "a power of two, from 512 to 16777216";
    for (message, accepted) in [
        (refused(|o| o.dedup_blocks = vec![4096, 0]), format!("dedup block: 0 is not accepted (accepted: {multiple})")),
        (refused(|o| o.dedup_blocks = vec![513]), format!("dedup block: 513 is not accepted (accepted: {multiple})")),
        (
            refused(|o| o.dedup_blocks = vec![(1 << 30) + 512]),
            format!("dedup block: 1073742336 is not accepted (accepted: {multiple})"),
        ),
        (refused(|o| o.dedup_blocks.clear()), "dedup block count: 0 is not accepted (accepted: 1 to 32)".into()),
        (
            refused(|o| o.dedup_blocks = (1..=33).map(|i| i * 512).collect()),
            "dedup block count: 33 is not accepted (accepted: 1 to 32)".into(),
        ),
        (
            refused(|o| o.compress_blocks = vec![4096, 12_288]),
            format!("compress block: 12288 is not accepted (accepted: {power})"),
        ),
        (refused(|o| o.compress_blocks.clear()), "compress block count: 0 is not accepted (accepted: 1 to 32)".into()),
        (refused(|o| o.compress_sample = Some(0)), "compress sample: 0 is not accepted (accepted: 1 or more)".into()),
        (
            refused(|o| o.compress_dedup_block = Some(8192)),
            "compress dedup block: 8192 is not accepted (accepted: one of the dedup blocks, at most 4194304)".into(),
        ),
        (
            refused(|o| o.dedup_blocks = vec![1 << 30]),
            "dedup block: 1073741824 is not accepted \
             (accepted: at most 4194304 for the smallest, unless no codec is asked for)"
                .into(),
        ),
        (refused(|o| o.memory = 1000), "memory: 1000 is not accepted (accepted: 1048576 or more)".into()),
        (refused(|o| o.zstd_level = 0), "zstd level: 0 is not accepted (accepted: 1 to 22)".into()),
        (refused(|o| o.zlib_level = 10), "zlib level: 10 is not accepted (accepted: 1 to 9)".into()),
        (refused(|o| o.lzma_level = 10), "lzma level: 10 is not accepted (accepted: 0 to 9)".into()),
        (refused(|o| o.threads = Some(0)), "threads: 0 is not accepted (accepted: 1 to 1024)".into()),
    ] {
        assert_eq!(message, accepted);
    }
}

#[test]
fn repeats_and_order_of_blocks_do_not_matter() {
    let data = noise(1, 100_000);
    let distinct = |blocks: &[u64]| common::measured(&[&data], &dedup_only(blocks)).dedup;
    assert_eq!(distinct(&[4096, 512, 4096]), distinct(&[512, 4096]));
}

#[test]
fn a_path_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    for (path, code) in [(missing.as_path(), Some(2)), (folder.path(), None)] {
        let error = measure(vec![Input::from_arg(path)], &MeasureOptions::default(), Watch::default()).unwrap_err();
        assert_eq!((error.kind(), error.path(), error.raw_os_error()), (ErrorKind::Io, Some(path), code));
    }
}

/// Fails after some bytes.
struct Broken(u64);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = std::io::repeat(1).take(self.0).read(buffer)?;
        self.0 -= len as u64;
        if len == 0 { Err(Error::from_raw_os_error(5)) } else { Ok(len) }
    }
}

#[test]
fn a_failing_reader_tells_the_offset() {
    for threads in [1, 3] {
        let options = MeasureOptions { threads: Some(threads), ..dedup_only(&[4096]) };
        let broken = Input::Reader { name: "broken".into(), reader: Box::new(Broken(2_000_000)) };
        let inputs = |broken| vec![Input::Bytes(&[1; 9999]), broken, Input::Bytes(&[2; 4096])];
        let report = measure(inputs(broken), &options, Watch::default()).unwrap();
        assert_eq!((report.inputs, report.bytes), (3, 9999 + 2_000_000 + 4096));
        let [skipped] = &report.skipped[..] else { panic!("{:?}", report.skipped) };
        assert_eq!((&*skipped.path, skipped.offset, skipped.errno), (Path::new("broken"), Some(2_000_000), Some(5)));
        let options = MeasureOptions { strict: true, ..options };
        let broken = Input::Reader { name: "broken".into(), reader: Box::new(Broken(2_000_000)) };
        let error = measure(inputs(broken), &options, Watch::default()).unwrap_err();
        assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::Io, Some(5)));
        assert_eq!((error.path(), error.offset()), (Some(Path::new("broken")), Some(2_000_000)));
    }
}

#[test]
fn inputs_that_cannot_be_opened_are_listed_and_the_others_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a"), noise(1, 100_000)).unwrap();
    std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
    std::os::unix::fs::symlink("loop", path("loop")).unwrap();
    let inputs = || ["gone", "a", "link", "loop", "a"].map(|name| Input::Path(path(name))).into_iter().collect();
    for options in [dedup_only(&[4096]), MeasureOptions::default()] {
        let report = measure(inputs(), &options, Watch::default()).unwrap();
        assert_eq!((report.inputs, report.bytes, report.dedup[&4096].ratio), (2, 200_000, 2.0));
        let reasons: Vec<&str> = report.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
        assert_eq!(reasons, ["vanished", "link", "unreadable"]);
        let error = measure(inputs(), &MeasureOptions { strict: true, ..options }, Watch::default()).unwrap_err();
        assert_eq!(error.path(), Some(&*path("gone")));
    }
    // More of them than one round opens.
    let many = (0..600).map(|index| Input::Path(path(&index.to_string()))).chain([Input::Path(path("a"))]).collect();
    let report = measure(many, &dedup_only(&[4096]), Watch::default()).unwrap();
    assert_eq!((report.skipped.len(), report.inputs), (600, 1));
}

#[test]
fn a_file_that_shrinks_is_measured_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse");
    let file = File::create(&path).unwrap();
    file.set_len(600 << 20).unwrap();
    let shrink = |_| file.set_len((300 << 20) + 7).unwrap();
    let watch = Watch { progress: Some(&shrink), cancel: None };
    let report = measure(vec![Input::Path(path.clone()), Input::Bytes(&[3; 9])], &dedup_only(&[4096]), watch).unwrap();
    assert_eq!((report.bytes, report.dedup[&4096].total), ((300 << 20) + 7 + 9, (300 << 8) + 2));
    let [skipped] = &report.skipped[..] else { panic!("{:?}", report.skipped) };
    assert_eq!((&skipped.path, skipped.offset), (&path, Some((300 << 20) + 7)));
    assert!(skipped.error.as_ref().unwrap().ends_with("the file became shorter"), "{skipped:?}");
}

#[test]
fn cancelling_ends_the_measurement() {
    let endless = || Input::Reader { name: "endless".into(), reader: Box::new(std::io::repeat(3)) };
    for options in [dedup_only(&[4096]), MeasureOptions::default()] {
        let cancel = AtomicBool::new(false);
        let seen = Cell::new(0);
        let progress = |bytes: u64| {
            assert!(bytes > seen.get());
            seen.set(bytes);
            cancel.store(bytes > 500 << 20, Ordering::Relaxed);
        };
        let watch = Watch { progress: Some(&progress), cancel: Some(&cancel) };
        let report = measure(vec![endless()], &options, watch).unwrap();
        assert_eq!((report.interrupted, report.bytes), (true, seen.get()));
        assert_eq!(report.dedup[&4096].total, seen.get() / 4096);
    }
}
