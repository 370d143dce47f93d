//! What is found depends on the file alone: not on the engine, the queue, the buffers, or the order of completions.

mod advised;
mod changing;
mod device;
mod ends;
mod places;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use dgen::{DamageKind, DamageRange, Recipe, Stream, Verifier, VerifyReport};
use proptest::prelude::*;

use super::options::{VerifyJob, VerifyOptions, VerifySource};
use super::{report::VerifiedFile, report::VerifySummary, run::verify_on};
use crate::base::outcome::Outcome;
use crate::engine::{machine::Machine, machine::Real, mock::MockMachine, mock::Script, uring};
use crate::metrics::watch::Watch;
use crate::options::{io::IoOptions, modes::DirectMode, modes::EngineChoice};
use crate::storage::attributes::StreamRange;
use crate::tests::{folder, is_cached};

const RECIPE: &str = "dgen1,seed=0x51,dedup=3/2,compress=2,block=64KiB";
const STALE: u64 = 7;

fn recipe() -> Recipe {
    RECIPE.parse().unwrap()
}

/// Bytes of the stream of a recipe.
fn data(recipe: &Recipe, offset: u64, size: usize) -> Vec<u8> {
    let mut data = vec![0; size];
    Stream::new(recipe).unwrap().fill_at(offset, &mut data).unwrap();
    data
}

/// One file: where its range lies, what is wrong with it, and how many bytes are too few or too many.
#[derive(Clone, Debug)]
struct Case {
    offset: u64,
    file_offset: u64,
    size: u64,
    damage: Vec<(u64, usize, u8)>,
    cut: Option<u64>,
}

fn case() -> impl Strategy<Value = Case> {
    let damage = prop::collection::vec((any::<u64>(), 1..30_000_usize, 0..5_u8), 0..5);
    let same = (0..20_000_u64).prop_map(|offset| (offset, offset));
    let apart = prop_oneof![Just((0, 0)), Just((8192, 4096)), same, (0..20_000_u64, 0..20_000_u64)];
    let cut = prop_oneof![3 => Just(None), 1 => any::<u64>().prop_map(Some)];
    (apart, 1..400_000_u64, damage, cut).prop_map(|((offset, file_offset), size, damage, cut)| Case {
        offset,
        file_offset,
        size,
        damage,
        cut,
    })
}

impl Case {
    fn write(&self, path: &Path) {
        let size = usize::try_from(self.size).unwrap();
        let mut content = data(&recipe(), self.offset, size);
        for (place, len, kind) in &self.damage {
            let at = usize::try_from(place % self.size).unwrap();
            let end = (at + len).min(size);
            let from = self.offset + at as u64;
            match kind {
                0 => content[at..end].fill(0),
                1 => content[at..end].copy_from_slice(&data(&Recipe::with_seed(99), 0, end - at)),
                2 => content[at..end].copy_from_slice(&data(&recipe(), from + (1 << 20), end - at)),
                3 => content[at..end].copy_from_slice(&data(&recipe().reseeded(STALE), from, end - at)),
                _ => content[at] ^= 3,
            }
        }
        let file = fs::File::create(path).unwrap();
        file.write_all_at(&content, self.file_offset).unwrap();
        if let Some(cut) = self.cut {
            file.set_len(cut % (self.file_offset + self.size + 50_000)).unwrap();
        }
    }

    fn job(&self, path: &Path) -> VerifyJob<'static> {
        VerifyJob {
            source: VerifySource::Path(path.to_owned()),
            recipe: recipe(),
            version: 0,
            range: StreamRange::new(self.offset, self.size).unwrap(),
            file_offset: self.file_offset,
            end: Some(self.file_offset + self.size),
            misplaced: false,
        }
    }

    /// The report of the file, made in one piece, of the bytes before the position `until`.
    fn expected(&self, path: &Path, until: u64) -> VerifyReport {
        let content = fs::read(path).unwrap();
        let begin = usize::try_from(self.file_offset).unwrap().min(content.len());
        let size = usize::try_from(self.size).unwrap();
        let until = usize::try_from(until).unwrap_or(usize::MAX).max(begin);
        let there = &content[begin..content.len().min(begin + size).min(until)];
        let stale = Stream::new(&recipe().reseeded(STALE)).unwrap();
        let verifier = Verifier::new(Stream::new(&recipe()).unwrap()).with_stale(vec![stale]);
        let mut ranges = verifier.check(self.offset, there).unwrap();
        for range in &mut ranges {
            range.offset = range.offset - self.offset + self.file_offset;
        }
        let mut report = VerifyReport::new(&Stream::new(&recipe()).unwrap(), usize::MAX);
        report.add(self.file_offset, there.len() as u64, ranges);
        if until < content.len().min(begin + size) {
            return report;
        }
        let (at, end) = (self.file_offset + there.len() as u64, self.file_offset + self.size);
        if at < end {
            report.add(at, end - at, vec![DamageRange::new(at, end - at, DamageKind::Missing)]);
        }
        let extra = (content.len() as u64).saturating_sub(end);
        if extra > 0 {
            report.add(end, 0, vec![DamageRange::new(end, extra, DamageKind::Extra)]);
        }
        report
    }
}

/// How it is read.
#[derive(Clone, Debug)]
struct Manner {
    script: Option<Script>,
    options: VerifyOptions,
}

fn manner() -> impl Strategy<Value = Manner> {
    let script = (any::<u64>(), 0..40_u64, 0..20_u64, 0..20_u64, any::<bool>());
    let script = script.prop_map(|(seed, short, interrupted, again, shuffled)| {
        Some(Script { short, interrupted, again, shuffled, seed, ..Script::default() })
    });
    let real =
        if uring::probe().is_ok() { vec![EngineChoice::Sync, EngineChoice::IoUring] } else { vec![EngineChoice::Sync] };
    let buffer = prop_oneof![1..20_000_u64, Just(4096), Just(700_000)];
    let rest = (1..9_usize, buffer, 1..6_usize, any::<bool>(), any::<bool>());
    (prop_oneof![Just(None), script], prop::sample::select(real), rest).prop_map(
        |(script, real, (depth, buffer, readers, registered, direct))| {
            let engine = if script.is_some() { EngineChoice::IoUring } else { real };
            let depth = (engine == EngineChoice::IoUring).then_some(depth);
            let direct = if direct { DirectMode::Auto } else { DirectMode::Off };
            let io = IoOptions { engine, depth, registered, ..IoOptions::default() };
            let options = VerifyOptions {
                buffer_size: Some(buffer),
                readers: Some(readers),
                direct,
                io,
                stale_seeds: vec![STALE],
                ..VerifyOptions::default()
            };
            Manner { script, options }
        },
    )
}

impl Manner {
    fn verify(&self, jobs: Vec<VerifyJob<'_>>) -> Outcome<VerifySummary> {
        let mock = self.script.clone().map(MockMachine::new);
        let real = Real::new();
        let machine: &dyn Machine = mock.as_ref().map_or(&real, |mock| mock);
        verify_on(machine, jobs, &self.options, Watch::default()).unwrap()
    }
}

/// Whether it is all right, then bytes checked, bad, and right before those; damaged ranges, and bad bytes by kind.
type Sums = (bool, [u64; 4], BTreeMap<DamageKind, u64>);

/// What is found, without how.
#[derive(Debug, PartialEq)]
struct Found {
    files: Vec<Sums>,
    ranges: Vec<DamageRange>,
    all: Sums,
}

fn found(summary: &VerifySummary) -> Found {
    let file = |file: &VerifiedFile| {
        let sums = [file.bytes_checked, file.bytes_bad, file.valid_prefix, file.ranges_total];
        (file.ok, sums, file.bytes_by_kind.clone())
    };
    let sums = [summary.bytes_checked, summary.bytes_bad, summary.valid_prefix, summary.ranges_total];
    Found {
        files: summary.files.iter().map(file).collect(),
        ranges: summary.ranges.iter().map(|placed| placed.range.clone()).collect(),
        all: (summary.ok, sums, summary.bytes_by_kind.clone()),
    }
}

/// The same of reports that were made in one piece; the totals add up. `whole`: nothing ended it early.
fn wanted(reports: &[VerifyReport], limit: usize, whole: bool) -> Found {
    let (mut sums, mut kinds, mut good) = ([0; 4], BTreeMap::new(), true);
    for report in reports {
        sums[0] += report.bytes_checked;
        sums[1] += report.bytes_bad;
        sums[2] += if good { report.valid_prefix } else { 0 };
        sums[3] += report.ranges_total;
        good &= report.ok;
        for (kind, bytes) in &report.bytes_by_kind {
            *kinds.entry(*kind).or_default() += bytes;
        }
    }
    let file = |report: &VerifyReport| {
        let sums = [report.bytes_checked, report.bytes_bad, report.valid_prefix, report.ranges_total];
        (report.ok && whole, sums, report.bytes_by_kind.clone())
    };
    Found {
        files: reports.iter().map(file).collect(),
        ranges: reports.iter().flat_map(|report| report.ranges.clone()).take(limit).collect(),
        all: (good && whole, sums, kinds),
    }
}

fn paths(folder: &Path, cases: &[Case]) -> Vec<PathBuf> {
    let path = |(index, case): (usize, &Case)| {
        let path = folder.join(format!("f{index}"));
        case.write(&path);
        path
    };
    cases.iter().enumerate().map(path).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn the_report_is_that_of_the_files_in_one_piece(
        cases in prop::collection::vec(case(), 1..4), manner in manner(), limit in 0..6_usize,
    ) {
        let folder = folder();
        let paths = paths(folder.path(), &cases);
        let jobs = cases.iter().zip(&paths).map(|(case, path)| case.job(path)).collect();
        let mut manner = manner;
        manner.options.limit = limit;
        let outcome = manner.verify(jobs);
        prop_assert!(outcome.error.is_none(), "{:?}", outcome.error);
        let reports: Vec<_> = cases.iter().zip(&paths).map(|(case, path)| case.expected(path, u64::MAX)).collect();
        prop_assert_eq!(found(&outcome.report), wanted(&reports, limit, true));
        prop_assert_eq!(outcome.report.warnings.iter().filter(|text| text.contains("length")).count(), 0);
    }

    #[test]
    fn a_read_error_leaves_the_report_of_what_lies_before_it(case in case(), manner in manner(), at in any::<u64>()) {
        let folder = folder();
        let case = Case { cut: None, ..case };
        let paths = paths(folder.path(), std::slice::from_ref(&case));
        let at = case.file_offset + at % case.size;
        let mut manner = manner;
        manner.options.io.engine = EngineChoice::IoUring;
        manner.options.limit = usize::MAX;
        let script = manner.script.unwrap_or_default();
        manner.script = Some(Script { failing: Some((at, rustix::io::Errno::IO)), ..script });
        // A file behind it is not reached.
        let outcome = manner.verify(vec![case.job(&paths[0]), case.job(&paths[0])]);
        let error = outcome.error.unwrap();
        prop_assert_eq!((error.path(), error.offset()), (Some(&*paths[0]), Some(at)));
        prop_assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::IO.raw_os_error()));
        prop_assert_eq!(outcome.report.error.clone(), Some(error.to_string()));
        let report = case.expected(&paths[0], at);
        prop_assert_eq!(report.bytes_checked, at - case.file_offset);
        prop_assert_eq!(found(&outcome.report), wanted(&[report], usize::MAX, false));
    }

    #[test]
    fn stopping_at_damage_finds_the_first(case in case(), manner in manner()) {
        let folder = folder();
        let paths = paths(folder.path(), std::slice::from_ref(&case));
        let mut manner = manner;
        (manner.options.stop_at_damage, manner.options.limit) = (true, 1);
        let report = manner.verify(vec![case.job(&paths[0])]).report;
        let expected = case.expected(&paths[0], u64::MAX);
        prop_assert_eq!((report.ok, report.valid_prefix), (expected.ok, expected.valid_prefix));
        let first = |range: &DamageRange| (range.offset, range.kind);
        prop_assert_eq!(report.ranges.first().map(|placed| first(&placed.range)), expected.ranges.first().map(first));
        prop_assert!(report.bytes_checked <= expected.bytes_checked);
    }
}
