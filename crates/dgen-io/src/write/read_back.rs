//! Reading back what was written, such that memory does not answer for the device.

use std::num::NonZeroU64;

use dgen::Result;

use super::{options::WriteOptions, report::WriteReport};
use crate::base::outcome::Outcome;
use crate::engine::machine::Machine;
use crate::metrics::watch::Watch;
use crate::report::file::FileReport;
use crate::storage::{attributes::StreamRange, page_cache, page_cache::Dropped, source::open_to_read};
use crate::verify::{options::VerifyJob, options::VerifySource, report::VerifySummary, run::verify_on};

/// Verifies the valid part of every file of a write.
///
/// Reads are direct where the file system has that. For those that are not, cached pages are made durable and dropped
/// first; files report which it was.
pub(crate) fn read_back(
    machine: &dyn Machine,
    report: &WriteReport,
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    let there: Vec<&FileReport> = report.files.iter().filter(|file| !file.removed && file.valid_prefix > 0).collect();
    let dropped: Vec<&str> = there.iter().map(|file| drop_pages(file)).collect::<Result<_>>()?;
    let job = |file: &&FileReport| {
        Ok(VerifyJob {
            source: VerifySource::Path(file.path.clone()),
            recipe: report.recipe,
            version: report.stream_version,
            range: StreamRange::new(file.offset, file.valid_prefix)?,
            file_offset: file.file_offset,
            // What was written in random order and not completed may go on behind it.
            end: (file.file_offset == 0 && file.valid_prefix == file.size).then_some(file.size),
            misplaced: false,
        })
    };
    let jobs = there.iter().map(job).collect::<Result<_>>()?;
    let mut outcome = verify_on(machine, jobs, &options.verification(), Watch { live: None, ..watch })?;
    for (file, dropped) in outcome.report.files.iter_mut().zip(dropped) {
        if !file.direct {
            file.direct_reason = format!("{}; {dropped}", file.direct_reason);
        }
    }
    if let Some(file) = outcome.report.files.iter().find(|file| !file.direct) {
        outcome.report.direct_reason.clone_from(&file.direct_reason);
    }
    Ok(outcome)
}

/// Drops a file's pages from the cache; says in words what that came to.
fn drop_pages(file: &FileReport) -> Result<&'static str> {
    let open = open_to_read(&file.path)?;
    page_cache::drop_range(&file.path, &open, file.file_offset, NonZeroU64::new(file.valid_prefix)).map(Dropped::name)
}
