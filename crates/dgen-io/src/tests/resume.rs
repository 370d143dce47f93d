//! Whatever an interruption leaves: a resumed write ends with the bytes of one that was not interrupted.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use dgen::ErrorKind;
use proptest::prelude::*;
use rustix::io::Errno;

use super::{folder, mark, options, paths, stream};
use crate::engine::mock::{MockMachine, Script};
use crate::metrics::watch::Watch;
use crate::options::{modes::DirectMode, order::Order};
use crate::storage::attributes::Mark;
use crate::write::{options::WriteOptions, write, write_on};

const SIZE: u64 = (9 << 20) + 4097;

fn deep(size: u64) -> WriteOptions {
    WriteOptions { buffer_size: Some(65536), writers: Some(2), ..super::deep(size) }
}

fn expected(offset: u64, size: u64) -> Vec<u8> {
    let mut data = vec![0; usize::try_from(size).unwrap()];
    stream().fill_at(offset, &mut data).unwrap();
    data
}

fn resumed(options: &WriteOptions) -> WriteOptions {
    WriteOptions { resume: true, ..options.clone() }
}

/// Whether there is a file with data or attributes.
fn began(path: &Path) -> bool {
    fs::File::open(path).is_ok_and(|file| file.metadata().unwrap().len() > 0 || mark(path).is_some())
}

fn patch(path: &Path, at: u64, data: &[u8]) {
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(data, at).unwrap();
}

fn cut(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn after_a_power_cut(
        holes in prop::collection::vec((0..SIZE, 1..3_000_000_u64), 0..4),
        cut_at in prop::option::of(0..=SIZE), torn in 0..SIZE, direct in any::<bool>(), offset in 0..3_u64,
    ) {
        let folder = folder();
        let paths = paths(folder.path(), 1);
        let mut options = options(SIZE);
        options.offset = [0, 4096, 12345][usize::try_from(offset).unwrap()];
        options.direct = if direct { DirectMode::Auto } else { DirectMode::Off };
        write(&paths, &options, Watch::default()).unwrap();
        let whole = fs::read(&paths[0]).unwrap();
        for (at, len) in holes {
            let len = len.min(SIZE - at);
            patch(&paths[0], at, &vec![0; usize::try_from(len).unwrap()]);
        }
        patch(&paths[0], torn, &vec![0; usize::try_from((SIZE - torn).min(4096 - torn % 4096)).unwrap()]);
        if let Some(len) = cut_at {
            cut(&paths[0], len);
        }
        let left = fs::read(&paths[0]).unwrap();
        let valid = left.iter().zip(&whole).position(|(x, y)| x != y).unwrap_or(left.len()) as u64;
        let report = write(&paths, &resumed(&options), Watch::default()).unwrap().report;
        let from = report.resumed.as_ref().unwrap().bytes_valid;
        prop_assert_eq!(from, if valid == SIZE { SIZE } else { valid >> 20 << 20 });
        prop_assert_eq!((report.bytes_written, report.valid_prefix, report.size), (SIZE - from, SIZE, SIZE));
        prop_assert_eq!((report.files[0].offset, report.files[0].size), (options.offset, SIZE));
        prop_assert!(fs::read(&paths[0]).unwrap() == whole);
        let mark = super::mark(&paths[0]).unwrap();
        prop_assert_eq!((mark.range.offset, mark.range.size), (options.offset, SIZE));
    }

    #[test]
    fn after_failures_in_any_order_on_several_files(
        at in 0..SIZE, again in 0..SIZE, seed in any::<u64>(), random in any::<bool>(), count in 1..4_usize,
        preallocate in any::<bool>(),
    ) {
        let folder = folder();
        let paths = paths(folder.path(), count);
        let mut options = deep(SIZE);
        options.preallocate = preallocate;
        options.io.order = if random { Order::Random(seed) } else { Order::Sequential };
        let failing = |at| Script { failing: Some((at, Errno::IO)), shuffled: true, seed, ..Script::default() };
        let first = write_on(&MockMachine::new(failing(at)), &paths, &options, Watch::default()).unwrap();
        if first.error.is_none() || first.report.files.iter().all(|file| file.removed) {
            return Ok(());
        }
        // A second failure, which takes away nothing that was right, and then none.
        let parts: Vec<Vec<u8>> = first.report.files.iter().map(|file| expected(file.offset, file.size)).collect();
        let before: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap_or_default()).collect();
        let second = write_on(&MockMachine::new(failing(again)), &paths, &resumed(&options), Watch::default());
        if let Some(second) = second.ok().filter(|_| !random) {
            prop_assert!(second.report.valid_prefix >= first.report.valid_prefix >> 20 << 20);
        }
        for ((path, part), before) in paths.iter().zip(&parts).zip(&before) {
            let after = fs::read(path).unwrap_or_default();
            prop_assert!(after.len() >= before.len(), "{} of {}", after.len(), before.len());
            let lost = before.iter().zip(part).zip(&after).position(|((old, right), new)| old == right && new != right);
            prop_assert_eq!(lost, None);
        }
        if !paths.iter().any(|path| began(path)) {
            return Ok(());
        }
        let last = write(&paths, &resumed(&options), Watch::default()).unwrap();
        prop_assert!(last.error.is_none(), "{:?}", last.error);
        prop_assert_eq!(last.report.valid_prefix, SIZE);
        let content: Vec<u8> = paths.iter().flat_map(|path| fs::read(path).unwrap()).collect();
        prop_assert!(content == expected(0, SIZE));
    }
}

#[test]
fn a_resume_that_fails_leaves_what_was_there() {
    for (len, preallocate) in [(2_900_000, true), (2_900_000, false), (900_000, true), (900_000, false)] {
        let folder = folder();
        let paths = paths(folder.path(), 1);
        let options = WriteOptions { preallocate, ..deep(SIZE) };
        write(&paths, &options, Watch::default()).unwrap();
        cut(&paths[0], len);
        // Reading ends before it.
        let failing = Script { failing: Some((len, Errno::NOSPC)), ..Script::default() };
        let outcome = write_on(&MockMachine::new(failing), &paths, &resumed(&options), Watch::default()).unwrap();
        assert_eq!(outcome.error.unwrap().raw_os_error(), Some(Errno::NOSPC.raw_os_error()));
        assert!(fs::read(&paths[0]).unwrap() == expected(0, len), "{len}");
        assert_eq!(mark(&paths[0]).map_or(SIZE, |mark| mark.range.size), SIZE);
        write(&paths, &resumed(&options), Watch::default()).unwrap();
        assert!(fs::read(&paths[0]).unwrap() == expected(0, SIZE));
    }
}

#[test]
fn a_resume_that_runs_out_of_time_can_be_resumed() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    let options = deep(SIZE);
    write(&paths, &options, Watch::default()).unwrap();
    // Right data lies behind a hole.
    patch(&paths[0], 1 << 20, &[0; 4096]);
    let before = fs::read(&paths[0]).unwrap();
    let mut limited = resumed(&options);
    limited.io.time_limit = Some(std::time::Duration::from_secs(1));
    let machine = MockMachine::new(Script { device_rate: Some(1 << 20), ..Script::default() });
    let report = write_on(&machine, &paths, &limited, Watch::default()).unwrap().report;
    assert!(report.run.time_limited && report.valid_prefix < SIZE, "{report:?}");
    let after = fs::read(&paths[0]).unwrap();
    assert!(after.len() == before.len() && after[2 << 20..] == before[2 << 20..]);
    assert_eq!(mark(&paths[0]).map_or(SIZE, |mark| mark.range.size), SIZE);
    write(&paths, &resumed(&options), Watch::default()).unwrap();
    assert!(fs::read(&paths[0]).unwrap() == expected(0, SIZE));
}

#[test]
fn a_complete_file_is_left_alone() {
    let folder = folder();
    let paths = paths(folder.path(), 2);
    let options = options(SIZE);
    write(&paths, &options, Watch::default()).unwrap();
    let before = fs::metadata(&paths[0]).unwrap().modified().unwrap();
    let report = write(&paths, &resumed(&options), Watch::default()).unwrap().report;
    assert_eq!((report.bytes_written, report.valid_prefix), (0, SIZE));
    assert_eq!(report.resumed.unwrap().bytes_valid, SIZE);
    assert_eq!(fs::metadata(&paths[0]).unwrap().modified().unwrap(), before);
}

#[test]
fn comparing_can_be_interrupted_and_changes_nothing() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    let options = options(SIZE);
    write(&paths, &options, Watch::default()).unwrap();
    patch(&paths[0], 4 << 20, &[0; 8192]);
    let before = fs::read(&paths[0]).unwrap();
    let cancel = AtomicBool::new(true);
    let watch = Watch { cancel: Some(&cancel), ..Watch::default() };
    let error = write(&paths, &resumed(&options), watch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(fs::read(&paths[0]).unwrap() == before);
}

#[test]
fn what_is_no_interrupted_write_is_refused_and_left_alone() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    let path = &paths[0];
    let options = options(SIZE);
    let refused = |options: &WriteOptions, parts: &[&str]| {
        let before = fs::read(path).unwrap_or_default();
        let error = write(&paths, &resumed(options), Watch::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        for part in parts {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
        assert!(fs::read(path).unwrap_or_default() == before);
    };
    refused(&options, &["f0", "nothing to resume"]);
    fs::write(path, "").unwrap();
    refused(&options, &["nothing to resume"]);
    fs::write(path, vec![7; 10_000]).unwrap();
    refused(&options, &["nothing to resume", "`force`"]);
    fs::write(path, vec![0; 10_000]).unwrap();
    refused(&options, &["nothing to resume"]);
    fs::remove_file(path).unwrap();

    write(&paths, &options, Watch::default()).unwrap();
    let other = WriteOptions { stream: dgen::Stream::new(&dgen::Recipe::with_seed(9)).unwrap(), ..options.clone() };
    refused(&other, &["its recipe is", "seed=0x51", "seed=0x9"]);
    refused(&WriteOptions { size: SIZE + 1, ..options.clone() }, &["its range is", &SIZE.to_string()]);
    refused(&WriteOptions { offset: 4096, ..options.clone() }, &["its range is", "offset=4096"]);
    // Other data behind the valid part: not what an interruption leaves.
    patch(path, 5 << 20, &[0; 8192]);
    patch(path, 8 << 20, &vec![7; 1 << 20]);
    refused(&options, &["other data at offset", "`force`"]);
    patch(path, 2 << 20, &[1]);
    refused(&options, &["other data at offset 2097152"]);
    let forced = WriteOptions { force: true, ..resumed(&options) };
    write(&paths, &forced, Watch::default()).unwrap();
    assert!(fs::read(path).unwrap() == expected(0, SIZE));
    // Longer than its range.
    cut(path, SIZE + 5);
    refused(&options, &["holds"]);
    let error = write(&["/dev/null".into()], &resumed(&options), Watch::default()).unwrap_err();
    assert!(error.to_string().contains("keeps nothing"), "{error}");
}

#[test]
fn without_attributes_the_data_decides() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    let options = options(SIZE);
    write(&paths, &options, Watch::default()).unwrap();
    cut(&paths[0], 3_333_333);
    assert!(Mark::remove(&fs::File::open(&paths[0]).unwrap()).unwrap());
    let report = write(&paths, &resumed(&options), Watch::default()).unwrap().report;
    assert_eq!(report.resumed.unwrap().bytes_valid, 3 << 20);
    assert!(fs::read(&paths[0]).unwrap() == expected(0, SIZE));
    assert_eq!(mark(&paths[0]).unwrap().range.size, SIZE);
}

#[test]
fn a_part_of_a_file_is_resumed_in_its_place() {
    let folder = folder();
    let paths = paths(folder.path(), 1);
    let around = vec![9; 12 << 20];
    fs::write(&paths[0], &around).unwrap();
    let options = WriteOptions { file_offset: 5000, force: true, ..options(SIZE) };
    write(&paths, &options, Watch::default()).unwrap();
    patch(&paths[0], 5000 + (4 << 20), &vec![0; 100_000]);
    let options = WriteOptions { force: false, ..resumed(&options) };
    let report = write(&paths, &options, Watch::default()).unwrap().report;
    // Up to the last multiple of 1 MiB in the file.
    assert_eq!(report.resumed.unwrap().bytes_valid, (4 << 20) - 5000);
    assert_eq!((report.files[0].file_offset, report.files[0].size), (5000, SIZE));
    let content = fs::read(&paths[0]).unwrap();
    let end = 5000 + usize::try_from(SIZE).unwrap();
    assert!(content[5000..end] == expected(0, SIZE) && content[..5000] == around[..5000]);
    assert!(content.len() == around.len() && content[end..] == around[end..]);
}
