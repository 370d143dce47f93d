//! Reading back what was written, such that memory does not answer for the device.

use dgen::{Error, Result};

use super::WriteOptions;
use crate::advice::{self, Dropped};
use crate::attributes::StreamRange;
use crate::machine::Machine;
use crate::modes::DirectMode;
use crate::outcome::Outcome;
use crate::report::{FileReport, WriteReport};
use crate::source::open_to_read;
use crate::verify::{VerifyJob, VerifyOptions, VerifySource, VerifySummary, verify_on};
use crate::watch::Watch;

/// Verifies the valid part of every file of a write.
///
/// Reads are direct where the file system has that. For those that are not, cached pages are made durable and dropped
/// first; files report which it was.
pub(super) fn read_back(
    machine: &dyn Machine,
    report: &WriteReport,
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<Outcome<VerifySummary>> {
    let there: Vec<&FileReport> = report.files.iter().filter(|file| !file.removed && file.valid_prefix > 0).collect();
    let dropped: Vec<&str> = there.iter().map(|file| drop_cached(file)).collect::<Result<_>>()?;
    let job = |file: &&FileReport| {
        Ok(VerifyJob {
            source: VerifySource::Path(file.path.clone()),
            recipe: report.recipe,
            range: StreamRange::new(file.offset, file.valid_prefix)?,
            file_offset: file.file_offset,
            // What was written in random order and not completed may go on behind it.
            end: (file.file_offset == 0 && file.valid_prefix == file.size).then_some(file.size),
        })
    };
    let how = VerifyOptions {
        threads: options.threads,
        direct: DirectMode::Auto,
        io: options.io.for_check(),
        ..VerifyOptions::default()
    };
    let jobs = there.iter().map(job).collect::<Result<_>>()?;
    let mut outcome = verify_on(machine, jobs, &how, watch)?;
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

/// Makes a file's pages durable and drops them from the cache; says in words what that came to.
fn drop_cached(file: &FileReport) -> Result<&'static str> {
    let open = open_to_read(&file.path)?;
    let dropped = advice::drop_cached(&open, file.file_offset, file.valid_prefix);
    Ok(match dropped.map_err(|error| Error::io("sync", &file.path, None, error))? {
        Dropped::Yes => "its pages were dropped from the cache first",
        Dropped::InMemory => "memory is where its files are",
        Dropped::Refused(_) => "the system keeps its pages in the cache",
    })
}
