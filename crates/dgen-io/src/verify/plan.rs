//! What is verified of paths, and what is not.

use std::path::Path;

use dgen::Result;

use super::options::{MoreAbsent, VerifyJob, VerifyOptions, VerifySource};
use super::report::VerifySummary;
use super::run::verify_beside;
use crate::base::outcome::Outcome;
use crate::engine::machine::Real;
use crate::metrics::watch::Watch;
use crate::options::ranks::{RankShare, RanksReport};
use crate::report::skipped::SkippedFile;
use crate::sizing::DEFAULT_BUFFER;
use crate::storage::attributes::StreamRange;

/// What to verify, and what was found beside it. Made by [`verify_plan`](crate::verify_plan).
pub struct VerifyPlan<'a> {
    /// The files, those that should be there and are not among them.
    pub jobs: Vec<VerifyJob<'a>>,
    /// More that should be there and are not.
    pub more_absent: MoreAbsent,
    /// What is not verified.
    pub skipped: Vec<SkippedFile>,
    /// What is odd about the files.
    pub warnings: Vec<String>,
}

impl VerifyPlan<'_> {
    /// Bytes to check over all files.
    pub fn size(&self) -> u64 {
        self.jobs.iter().fold(self.more_absent.bytes, |sum, job| sum.saturating_add(job.range.size))
    }

    /// Leaves the part that is this rank's, of several that share the work. Files that are absent are those of rank 0, and all
    /// ranks say what is skipped.
    ///
    /// # Errors
    /// When there is not one byte for each rank.
    pub fn share(&mut self, ranks: &RankShare) -> Result<RanksReport> {
        let size = self.jobs.iter().filter(|job| !job.is_absent()).map(|job| job.range.size).sum();
        if ranks.own || !ranks.is_one_of_many() {
            return Ok(ranks.report(false, None, None));
        }
        let part = ranks.part(StreamRange { offset: 0, size }, DEFAULT_BUFFER)?;
        let (mut position, end) = (0, part.offset + part.size);
        self.jobs.retain_mut(|job| {
            if job.is_absent() {
                return ranks.rank == 0;
            }
            let (begin, next) = (position, position + job.range.size);
            position = next;
            let (from, to) = (begin.max(part.offset), next.min(end));
            let skipped = from.saturating_sub(begin);
            job.range = StreamRange { offset: job.range.offset + skipped, size: to.saturating_sub(from) };
            job.file_offset += skipped;
            // What follows the file's last byte is seen by the rank that has that.
            job.end = job.end.filter(|_| to == next);
            from < to
        });
        if ranks.rank > 0 {
            self.more_absent = MoreAbsent::default();
        }
        Ok(ranks.report(true, None, Some(size)))
    }

    /// Where the data is; `-` stands for a reader.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.jobs.iter().map(|job| match &job.source {
            VerifySource::Path(path) | VerifySource::Open(path, _) | VerifySource::Absent(path) => path.as_path(),
            VerifySource::Reader(..) => Path::new("-"),
        })
    }

    /// Verifies the files. Files that were skipped although they were asked for are an error of the outcome, but damage in
    /// others goes before it.
    ///
    /// # Errors
    /// Those of [`verify`](crate::verify()).
    pub fn run(self, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifySummary>> {
        let Self { jobs, more_absent, skipped, warnings } = self;
        let mut outcome = verify_beside(&Real::new(), jobs, more_absent, skipped, options, watch)?;
        outcome.report.warnings.splice(0..0, warnings);
        Ok(outcome)
    }
}
