//! Reading back what was written, such that memory does not answer for the device.

use rustix::fs::{Advice, fadvise};

use dgen::{Error, Result};

use super::WriteOptions;
use crate::attributes::StreamRange;
use crate::direct::in_memory;
use crate::modes::DirectMode;
use crate::outcome::Outcome;
use crate::report::{FileReport, WriteReport};
use crate::source::open_to_read;
use crate::verify::{VerifyJob, VerifyOptions, VerifySource, verify};
use crate::verify_report::VerifySummary;
use crate::watch::Watch;

/// Verifies the valid part of every file of a write.
///
/// Reads are direct where the file system has that. For those that are not, cached pages are made durable and dropped
/// first; files report which it was.
pub(super) fn read_back(
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
        placement: options.io.placement,
        direct: DirectMode::Auto,
        ..VerifyOptions::default()
    };
    let mut outcome = verify(there.iter().map(job).collect::<Result<_>>()?, &how, watch)?;
    for (file, dropped) in outcome.report.files.iter_mut().zip(dropped) {
        if !file.direct {
            file.direct_reason = format!("{}; {dropped}", file.direct_reason);
        }
    }
    Ok(outcome)
}

/// Makes a file's pages durable and drops them from the cache; says in words what that came to.
fn drop_cached(file: &FileReport) -> Result<&'static str> {
    let open = open_to_read(&file.path)?;
    if in_memory(&open) {
        return Ok("memory is where its files are");
    }
    open.sync_data().map_err(|error| Error::io("sync", &file.path, None, error))?;
    Ok(match fadvise(&open, file.file_offset, std::num::NonZeroU64::new(file.valid_prefix), Advice::DontNeed) {
        Ok(()) => "its pages were dropped from the cache first",
        Err(_) => "the system keeps its pages in the cache",
    })
}
