//! Reading as a benchmark: the bytes are moved to memory and not looked at.

pub(crate) mod once;
pub(crate) mod options;
pub(crate) mod report;
pub(crate) mod tune;

use std::path::PathBuf;

use dgen::Result;

use crate::base::outcome::Outcome;
use crate::engine::machine::{Machine, Real};
use crate::metrics::watch::Watch;
use once::ReadJob;
use options::ReadOptions;
use report::ReadReport;

/// Reads files and block devices, as fast as they give.
///
/// # Errors
/// Before the first byte: bad values, the only file that cannot be opened (any where `strict`), or files that are shorter
/// than asked. What happens later, and what was skipped, comes in the [`Outcome`], beside the report.
pub fn read(paths: &[PathBuf], options: &ReadOptions, watch: Watch<'_>) -> Result<Outcome<ReadReport>> {
    read_on(&Real::new(), paths, options, watch)
}

pub(crate) fn read_on(
    machine: &dyn Machine,
    paths: &[PathBuf],
    options: &ReadOptions,
    watch: Watch<'_>,
) -> Result<Outcome<ReadReport>> {
    let mut job = ReadJob::new(machine, paths, options.clone(), watch)?;
    let tuning = if options.auto { Some(tune::tune(&mut job)?) } else { None };
    let mut outcome = job.go()?;
    outcome.report.tuning = tuning.map(|tuning| tuning.finish(&outcome.report.run));
    Ok(outcome)
}
