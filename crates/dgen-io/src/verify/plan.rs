//! What is verified of paths, and what is not.

use std::fmt::Write;
use std::path::Path;

use dgen::{Error, ErrorKind, Result};

use super::report::{SkippedFile, VerifySummary};
use super::{options::VerifyJob, options::VerifyOptions, options::VerifySource, run::verify};
use crate::base::outcome::Outcome;
use crate::metrics::watch::Watch;
use crate::storage::walk::SkipReason;

/// Skipped files that a warning names.
const NAMED: usize = 8;

/// What to verify, and what was found beside it. Made by [`verify_plan`](crate::verify_plan).
pub struct VerifyPlan<'a> {
    /// The files, those that should be there and are not among them.
    pub jobs: Vec<VerifyJob<'a>>,
    /// What was found in folders and is not verified.
    pub skipped: Vec<SkippedFile>,
    /// What is odd about the files.
    pub warnings: Vec<String>,
}

impl VerifyPlan<'_> {
    /// Bytes to check over all files.
    pub fn size(&self) -> u64 {
        self.jobs.iter().map(|job| job.range.size).sum()
    }

    /// Where the data is; `-` stands for a reader.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.jobs.iter().map(|job| match &job.source {
            VerifySource::Path(path) | VerifySource::Open(path, _) | VerifySource::Absent(path) => path.as_path(),
            VerifySource::Reader(..) => Path::new("-"),
        })
    }

    /// Verifies the files. Files that were left out because they carry no recipe are an error of the outcome, but damage in
    /// others goes before it.
    ///
    /// # Errors
    /// Those of [`verify`](crate::verify()).
    pub fn run(self, options: &VerifyOptions, watch: Watch<'_>) -> Result<Outcome<VerifySummary>> {
        let Self { jobs, skipped, warnings } = self;
        let Outcome { mut report, mut error } = verify(jobs, options, watch)?;
        report.warnings.extend(warnings);
        let of = |reason| skipped.iter().filter(|file| file.reason == reason).collect::<Vec<_>>();
        let foreign = of(SkipReason::Foreign);
        for (reason, what) in [(SkipReason::Link, "symbolic link"), (SkipReason::Special, "pipe, socket or device")] {
            report.warnings.extend(left_out(&of(reason), what));
        }
        if let Some(text) = left_out(&foreign, "file without a valid dgen recipe and range") {
            if report.ok {
                let left = Error::new(ErrorKind::Io, text.clone());
                report.error = Some(left.to_string());
                error = Some(left);
            }
            report.ok = false;
            report.warnings.push(text);
        }
        report.skipped = skipped;
        Ok(Outcome { report, error })
    }
}

/// What is said of things of one kind that were left out.
fn left_out(files: &[&SkippedFile], what: &str) -> Option<String> {
    let more = files.len().checked_sub(1)?;
    let plural = if more == 0 { "" } else { " (each)" };
    let mut text = format!("not verified: {} in folders, {what}{plural}:", files.len());
    for (index, file) in files.iter().take(NAMED).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        _ = write!(text, "{comma} {}", file.path.display());
    }
    if files.len() > NAMED {
        _ = write!(text, " and {} more", files.len() - NAMED);
    }
    Some(text)
}
