//! What one file should hold.

use std::path::PathBuf;

use dgen::{DamageKind, DamageRange, Result, Stream, Verifier, VerifyReport};

use super::options::{VerifyJob, VerifyOptions, VerifySource};
use crate::extents::cursor::Section;
use crate::storage::attributes::StreamRange;

/// What one file should hold.
pub(super) struct Subject {
    pub(super) path: PathBuf,
    pub(super) verifier: Verifier,
    pub(super) range: StreamRange,
    pub(super) file_offset: u64,
    pub(super) end: Option<u64>,
    misplaced: bool,
}

impl Subject {
    /// Checks the job, and takes it apart.
    pub(super) fn new<'a>(job: VerifyJob<'a>, options: &VerifyOptions) -> Result<(Self, VerifySource<'a>)> {
        let range = StreamRange::new(job.range.offset, job.range.size)?;
        let stale: Result<Vec<_>> =
            options.stale_seeds.iter().map(|seed| Stream::new(&job.recipe.reseeded(*seed))).collect();
        let verifier = Verifier::new(Stream::new(&job.recipe)?.version(job.version)).with_stale(stale?);
        let path = match &job.source {
            VerifySource::Path(path)
            | VerifySource::Open(path, _)
            | VerifySource::Reader(path, _)
            | VerifySource::Absent(path) => path.clone(),
        };
        let VerifyJob { source, file_offset, end, misplaced, .. } = job;
        Ok((Self { path, verifier, range, file_offset, end, misplaced }, source))
    }

    /// Compares data with the stream from the stream offset `offset` on. What is right is misplaced where all of the file is.
    pub(super) fn check(&self, offset: u64, data: &[u8]) -> Result<Vec<DamageRange>> {
        let damaged = self.verifier.check(offset, data)?;
        if !self.misplaced {
            return Ok(damaged);
        }
        let (mut ranges, mut at) = (Vec::new(), offset);
        let end = DamageRange::new(offset + data.len() as u64, 0, DamageKind::Misplaced);
        for range in damaged.into_iter().chain([end]) {
            if range.offset > at {
                let mut right = DamageRange::new(at, range.offset - at, DamageKind::Misplaced);
                right.source_offset = Some(at);
                ranges.push(right);
            }
            at = range.offset + range.length;
            ranges.extend(Some(range).filter(|range| range.length > 0));
        }
        Ok(ranges)
    }

    /// The part that is read, where `there` bytes of the range can be.
    pub(super) fn section(&self, there: u64) -> Section {
        Section { file_offset: self.file_offset, stream_offset: self.range.offset, size: there }
    }

    /// Adds what is missing at the end of the file, whose length is known of all but devices, or there although it should
    /// not be.
    pub(super) fn ends(&self, report: &mut VerifyReport, len: Option<u64>) {
        let there = report.bytes_checked;
        missing(report, self.file_offset + there, self.range.size - there);
        let Some(end) = self.end.filter(|_| there == self.range.size) else { return };
        self.extra(report, len.map_or(0, |len| len.saturating_sub(end)));
    }

    /// Adds bytes behind the place where the file should end.
    pub(super) fn extra(&self, report: &mut VerifyReport, len: u64) {
        let Some(end) = self.end.filter(|_| len > 0) else { return };
        report.add(end, 0, vec![DamageRange::new(end, len, DamageKind::Extra)]);
    }
}

/// Adds bytes that should be there and are not.
pub(super) fn missing(report: &mut VerifyReport, offset: u64, len: u64) {
    if len > 0 {
        report.add(offset, len, vec![DamageRange::new(offset, len, DamageKind::Missing)]);
    }
}
