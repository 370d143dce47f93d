//! What is verified of paths, and what is not.

use std::path::Path;

use dgen::Result;

use super::options::{MoreAbsent, VerifyJob, VerifyOptions, VerifySource};
use super::report::VerifySummary;
use super::run::verify_beside;
use crate::base::outcome::Outcome;
use crate::engine::machine::Real;
use crate::metrics::watch::Watch;
use crate::report::skipped::SkippedFile;

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
