//! Puts what workers find in the order of the data, so that the report does not depend on theirs.

use std::collections::BTreeMap;

use dgen::{DamageRange, VerifyReport};

use super::options::VerifyOptions;
use super::subject::{Subject, missing};
use crate::extents::{completed::CompletionBitmap, cursor::Cursor, cursor::Extent};

/// What was found in an extent that is not whole and right.
struct Odd {
    /// Bytes that were read.
    len: u64,
    /// Damaged ranges, as positions in the file.
    ranges: Vec<DamageRange>,
    /// Whether reading failed behind them.
    failed: bool,
}

/// The reports of the files of one run. Extents that are right take a bit each until those before them are there.
pub(super) struct Findings<'a> {
    /// Tells where extents lie; nothing is claimed from it.
    map: &'a Cursor,
    reports: Vec<VerifyReport>,
    completed: CompletionBitmap,
    /// Extents that are in the reports.
    next: u64,
    odd: BTreeMap<u64, Odd>,
    /// Whether nothing behind the first damage, or the first failure, is wanted.
    stop_at_damage: bool,
    strict: bool,
    /// The files that could not be read to their end; nothing behind is in their reports.
    failed: Vec<bool>,
    /// Why nothing is added any more, and no more is wanted.
    pub(super) closed: Option<Closed>,
}

/// What ended the reports before the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Damage,
    Failure,
}

/// The reports of all files, as far as they came.
pub(super) struct Ended {
    pub(super) reports: Vec<VerifyReport>,
    /// How many files, from the first on, were read to the end of what there is of them; the next one in part.
    pub(super) whole: usize,
    /// Which files could not be read to their end.
    pub(super) failed: Vec<bool>,
    pub(super) closed: Option<Closed>,
}

impl<'a> Findings<'a> {
    /// For the extents of `map`, whose sections are the subjects' in their order.
    pub(super) fn new(map: &'a Cursor, subjects: &[Subject], options: &VerifyOptions) -> Self {
        let report = |subject: &Subject| VerifyReport::new(subject.verifier.stream(), options.limit);
        Self {
            map,
            reports: subjects.iter().map(report).collect(),
            completed: CompletionBitmap::default(),
            next: 0,
            odd: BTreeMap::new(),
            stop_at_damage: options.stop_at_damage,
            strict: options.strict,
            failed: vec![false; subjects.len()],
            closed: None,
        }
    }

    /// Adds what was found in the first `len` bytes of an extent. `ranges` are stream offsets. `failed`: what lies behind
    /// could not be read; else it is not there.
    pub(super) fn add(&mut self, extent: &Extent, len: u64, mut ranges: Vec<DamageRange>, failed: bool) {
        for range in &mut ranges {
            range.offset = range.offset - extent.stream_offset + extent.file_offset;
        }
        if failed || !ranges.is_empty() || len < extent.len as u64 {
            self.odd.insert(extent.index, Odd { len, ranges, failed });
        }
        self.completed.add(extent.index);
        while self.closed.is_none() && self.next < self.completed.dense() {
            self.take();
        }
    }

    /// Passes over an extent behind one that failed.
    pub(super) fn pass(&mut self, extent: &Extent) {
        self.completed.add(extent.index);
        while self.closed.is_none() && self.next < self.completed.dense() {
            self.take();
        }
    }

    /// Takes the next extent into its file's report.
    fn take(&mut self) {
        let extent = self.map.extent(self.next);
        let odd = self.odd.remove(&self.next);
        self.next += 1;
        if self.failed[extent.section] {
            return;
        }
        let report = &mut self.reports[extent.section];
        let Some(Odd { len, ranges, failed }) = odd else {
            report.add(extent.file_offset, extent.len as u64, Vec::new());
            return;
        };
        report.add(extent.file_offset, len, ranges);
        if failed {
            self.failed[extent.section] = true;
            self.closed = self.strict.then_some(Closed::Failure);
            return;
        }
        missing(report, extent.file_offset + len, extent.len as u64 - len);
        if self.stop_at_damage && !report.ok {
            self.closed = Some(Closed::Damage);
        }
    }

    /// What came of it.
    pub(super) fn end(self) -> Ended {
        let Self { map, reports, next, failed, closed, .. } = self;
        let complete = closed.is_none() && next == map.count();
        let whole = if complete { reports.len() } else { map.extent(next - u64::from(closed.is_some())).section };
        Ended { reports, whole, failed, closed }
    }
}
