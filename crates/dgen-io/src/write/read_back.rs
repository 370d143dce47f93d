//! Reading back what was written, such that memory does not answer for the device.

use dgen::Result;

use super::{options::WriteOptions, report::WriteReport};
use crate::base::outcome::Outcome;
use crate::engine::machine::Machine;
use crate::metrics::watch::Watch;
use crate::report::file::FileReport;
use crate::storage::attributes::StreamRange;
use crate::verify::{options::VerifyJob, options::VerifySource, report::VerifySummary, run::verify_on};

/// Verifies the valid part of every file of a write.
///
/// Reads are direct where the file system has that, and what the cache holds is made durable and dropped in any case;
/// files report what came of it.
pub(crate) fn read_back(
    machine: &dyn Machine,
    report: &WriteReport,
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    let there: Vec<&FileReport> = report.files.iter().filter(|file| !file.removed && file.valid_prefix > 0).collect();
    let shared = report.ranks.as_ref().is_some_and(|ranks| ranks.shared);
    let job = |file: &&FileReport| {
        Ok(VerifyJob {
            source: VerifySource::Path(file.path.clone()),
            recipe: report.recipe,
            version: report.stream_version,
            range: StreamRange::new(file.offset, file.valid_prefix)?,
            file_offset: file.file_offset,
            // What was written in random order and not completed may go on behind it, and so may what others write.
            end: (!shared && file.file_offset == 0 && file.valid_prefix == file.size).then_some(file.size),
            misplaced: false,
        })
    };
    let jobs = there.iter().map(job).collect::<Result<_>>()?;
    verify_on(machine, jobs, &options.verification(), Watch { live: None, ..watch })
}
