//! Tries of settings for a read: on parts of the first file that follow each other, so that no try finds what another has
//! left in the cache.

use std::num::NonZeroU64;
use std::path::Path;

use dgen::Result;
use rustix::fs::{Advice, fadvise};

use super::{once::ReadJob, options::ReadOptions};
use crate::metrics::watch::Watch;
use crate::storage::source::open_to_read;
use crate::tune::{ramp::Ramp, ramp::Wanted, setting::TuningReport, trial::measured, trial::shorten};

/// Chooses for a read what its options leave open.
/// Fails when the caller stops it.
pub(super) fn tune(job: &mut ReadJob<'_>) -> Result<TuningReport> {
    let options = &job.options;
    let given = Wanted::given(options.buffer_size, options.readers, &options.io);
    let ramp = Ramp::new(job.machine.clock(), given, job.sections[0].size, job.nodes.team.threads());
    let begin = job.sections[0].file_offset;
    let mut at = begin;
    let (wanted, report) = ramp.run(&mut |wanted, bytes, limit| {
        let mut options =
            ReadOptions { auto: false, file_offset: at, size: Some(bytes), ranks: None, ..options.clone() };
        wanted.apply(&mut options.buffer_size, &mut options.readers, &mut options.io);
        shorten(&mut options.io, limit);
        at += bytes;
        let watch = Watch { done: None, ..job.watch };
        let outcome = ReadJob::new(job.machine, &job.paths[..1], options, watch)?.go()?;
        measured(outcome.error, outcome.report.bytes_read, &outcome.report.run)
    })?;
    if !job.options.cached {
        forget(&job.paths[0], begin, at - begin);
    }
    let options = &mut job.options;
    wanted.apply(&mut options.buffer_size, &mut options.readers, &mut options.io);
    Ok(report)
}

/// Asks the system to drop what tries have read, so that the run does not find it in memory. Nothing follows from a refusal.
fn forget(path: &Path, offset: u64, len: u64) {
    if let (Ok(file), Some(len)) = (open_to_read(path), NonZeroU64::new(len)) {
        _ = fadvise(&file, offset, Some(len), Advice::DontNeed);
    }
}
