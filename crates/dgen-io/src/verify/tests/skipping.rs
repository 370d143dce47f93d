//! Files that cannot be opened or read do not keep others from their result.

use rustix::io::Errno;

use super::*;
use crate::read::{options::ReadOptions, read_on};
use crate::report::skipped::SkippedFile;
use crate::storage::walk::SkipReason;
use crate::verify::expected::{Expected, verify_plan};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn a_read_error_in_a_file_leaves_the_others_their_result(
        cases in prop::collection::vec(case(), 1..6), manner in manner(), at in 0..400_000_u64,
    ) {
        let folder = folder();
        let paths = paths(folder.path(), &cases);
        let mut manner = manner;
        (manner.options.io.engine, manner.options.limit) = (EngineChoice::IoUring, usize::MAX);
        // Direct reads take whole sectors, and so meet errors beside what they are asked for.
        manner.options.direct = DirectMode::Off;
        let script = manner.script.unwrap_or_default();
        manner.script = Some(Script { failing: Some((at, Errno::IO)), ..script });
        let outcome = manner.verify(cases.iter().zip(&paths).map(|(case, path)| case.job(path)).collect());
        let fails = |case: &Case, path: &Path| {
            let len = fs::metadata(path).unwrap().len();
            (case.file_offset..(case.file_offset + case.size).min(len)).contains(&at)
        };
        let reports: Vec<_> = cases.iter().zip(&paths).map(|(case, path)| {
            case.expected(path, if fails(case, path) { at } else { u64::MAX })
        }).collect();
        let failed: Vec<bool> = cases.iter().zip(&paths).map(|(case, path)| fails(case, path)).collect();
        let skipped: Vec<_> = outcome.report.skipped.iter().map(|file| (&file.path, file.offset, file.errno)).collect();
        let wanted_skips: Vec<_> = paths.iter().zip(&failed).filter(|(_, failed)| **failed)
            .map(|(path, _)| (path, Some(at), Some(Errno::IO.raw_os_error()))).collect();
        prop_assert_eq!(skipped, wanted_skips);
        let mut wanted = wanted(&reports, usize::MAX, !failed.contains(&true));
        // A prefix ends where a file was not read on.
        let end = failed.iter().position(|failed| *failed).map_or(reports.len(), |index| index + 1);
        let end = reports.iter().position(|report| !report.ok).map_or(end, |bad| end.min(bad + 1));
        wanted.all.1[2] = reports[..end].iter().map(|report| report.valid_prefix).sum();
        for ((file, failed), report) in wanted.files.iter_mut().zip(&failed).zip(&reports) {
            file.0 = report.ok && !*failed;
        }
        prop_assert_eq!(found(&outcome.report), wanted);
        let damaged = outcome.report.ranges_total > 0;
        prop_assert_eq!(outcome.error.is_some(), failed.contains(&true) && !damaged);
        for (file, failed) in outcome.report.files.iter().zip(&failed) {
            prop_assert_eq!(file.error.is_some(), *failed);
        }
    }

    #[test]
    fn reading_goes_on_behind_a_file_that_fails(
        sizes in prop::collection::vec(1..300_000_u64, 2..6), at in 0..300_000_u64, seed in any::<u64>(), random in any::<bool>(),
    ) {
        let folder = folder();
        let cases: Vec<Case> = sizes.iter()
            .map(|size| Case { offset: 0, file_offset: 0, size: *size, damage: Vec::new(), cut: None }).collect();
        let paths = paths(folder.path(), &cases);
        let mut options = ReadOptions { buffer_size: Some(8192), readers: Some(3), ..ReadOptions::default() };
        options.direct = DirectMode::Off;
        (options.io.engine, options.io.depth) = (EngineChoice::IoUring, Some(4));
        if random {
            options.io.order = crate::options::order::Order::Random(seed);
        }
        let script = Script { failing: Some((at, Errno::IO)), shuffled: true, seed, ..Script::default() };
        let outcome = read_on(&MockMachine::new(script.clone()), &paths, &options, Watch::default()).unwrap();
        let report = outcome.report;
        let failed: Vec<&PathBuf> = paths.iter().zip(&sizes).filter(|(_, size)| at < **size).map(|(path, _)| path).collect();
        prop_assert_eq!(report.skipped.iter().map(|file| &file.path).collect::<Vec<_>>(), failed.clone());
        prop_assert!(report.skipped.iter().all(|file| file.offset == Some(at)), "{:?}", report.skipped);
        prop_assert_eq!((outcome.error.is_some(), report.interrupted), (!failed.is_empty(), false));
        for (file, size) in report.files.iter().zip(&sizes) {
            let whole = at >= *size;
            prop_assert!(if whole { file.valid_prefix == *size } else { file.valid_prefix <= at }, "{:?}", report.files);
        }
        let least: u64 = sizes.iter().filter(|size| at >= **size).sum();
        prop_assert!(report.bytes_read >= least && report.bytes_read <= sizes.iter().sum());
        // Where that is asked for, it ends.
        options.strict = true;
        let strict = read_on(&MockMachine::new(script), &paths, &options, Watch::default()).unwrap();
        prop_assert_eq!(strict.error.is_some_and(|error| error.offset() == Some(at)), !failed.is_empty());
        prop_assert!(strict.report.skipped.is_empty());
    }
}

/// A folder with a set of four files.
fn set() -> tempfile::TempDir {
    let folder = folder();
    let stream = Stream::new(&recipe()).unwrap();
    let mut options = crate::WriteOptions::new(stream, 4 << 20);
    options.files = Some(4);
    crate::write(&[folder.path().to_owned()], &options, Watch::default()).unwrap();
    folder
}

fn reasons(skipped: &[SkippedFile]) -> Vec<(SkipReason, Option<i32>)> {
    skipped.iter().map(|file| (file.reason, file.errno)).collect()
}

#[test]
fn a_file_that_goes_between_listing_and_opening_is_skipped() {
    let folder = set();
    let expected = Expected::default();
    let plan = |expected: &Expected| verify_plan(&[folder.path().to_owned()], expected).unwrap();
    let member = |index: usize| folder.path().join(format!("dgen-00000{index}"));
    let planned = plan(&expected);
    fs::remove_file(member(2)).unwrap();
    let outcome = planned.run(&VerifyOptions::default(), Watch::default()).unwrap();
    assert_eq!(reasons(&outcome.report.skipped), [(SkipReason::Vanished, Some(libc::ENOENT))]);
    assert_eq!((outcome.report.files.len(), outcome.report.bytes_checked), (3, 3 << 20));
    let error = outcome.error.unwrap();
    assert_eq!((error.path(), error.raw_os_error()), (Some(&*member(2)), Some(libc::ENOENT)));
    // Damage goes before it, and strictness ends the work.
    let planned = plan(&expected);
    fs::remove_file(member(1)).unwrap();
    fs::OpenOptions::new().write(true).open(member(0)).unwrap().write_all_at(b"x", 5000).unwrap();
    let outcome = planned.run(&VerifyOptions::default(), Watch::default()).unwrap();
    assert!(outcome.error.is_none() && !outcome.report.ok && outcome.report.ranges_total > 1);
    let planned = plan(&Expected { strict: true, ..expected });
    fs::remove_file(member(0)).unwrap();
    let error = planned.run(&VerifyOptions { strict: true, ..VerifyOptions::default() }, Watch::default()).unwrap_err();
    assert_eq!(error.path(), Some(&*member(0)));
}
