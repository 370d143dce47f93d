//! Tries of settings for a write: on a file without a name beside the first path, which is gone when it is closed, also after
//! `kill -9`; on block devices and `/dev/null`, on the target itself, with the data that belongs there.

use std::slice::from_ref;

use dgen::{Error, Result};

use super::{deal::Deal, job::WriteJob, once, options::WriteOptions};
use crate::metrics::watch::Watch;
use crate::storage::{name::Folders, scratch::Scratch, target::Claim, target::Kind};
use crate::tune::{ramp::Ramp, ramp::Wanted, setting::TuningReport, trial::measured, trial::shorten};

/// Chooses for a write what its options leave open.
/// Fails when the caller stops it.
pub(super) fn tune(job: &mut WriteJob<'_>) -> Result<TuningReport> {
    let (options, kind, first) = (&job.options, job.found[0].kind(), &job.paths[0]);
    let given = Wanted::given(options.buffer_size, options.writers, &options.io);
    let size = job.sections.iter().map(|section| section.size).sum();
    let mut ramp = Ramp::new(job.machine.clock(), given, size, job.nodes.team.threads());
    if kind == Kind::Block {
        // What is tried there is a part of what is to be written there.
        ramp.bytes = ramp.bytes.min(job.sections[0].size);
    }
    // The file lives until all is tried.
    let (scratch, mut refused) = match (kind == Kind::Regular).then(|| Scratch::beside(first)).transpose() {
        Ok(scratch) => (scratch, None),
        Err(error) => (None, Some(Error::io("make a file to try beside", first, None, error))),
    };
    let path = scratch.as_ref().map_or_else(|| first.clone(), Scratch::path);
    let trial = trial(job, kind);
    let (wanted, report) = ramp.run(&mut |wanted, bytes, limit| {
        if let Some(error) = refused.take() {
            return Err(error);
        }
        let mut options = WriteOptions { size: bytes, ..trial.clone() };
        wanted.apply(&mut options.buffer_size, &mut options.writers, &mut options.io);
        shorten(&mut options.io, limit);
        let watch = Watch { done: None, ..job.watch };
        let outcome = once::go(WriteJob::new(
            job.machine,
            from_ref(&path),
            options,
            watch,
            Folders::default(),
            Claim::Held,
            Deal::All,
        )?)?;
        measured(outcome.error, outcome.report.bytes_written, &outcome.report.run)
    })?;
    let options = &mut job.options;
    wanted.apply(&mut options.buffer_size, &mut options.writers, &mut options.io);
    Ok(report)
}

/// The options of a try.
fn trial(job: &WriteJob<'_>, kind: Kind) -> WriteOptions {
    let (mut file_offset, mut offset) = (job.options.file_offset, job.options.offset);
    match kind {
        Kind::Regular => file_offset = 0,
        Kind::Block => (file_offset, offset) = (job.sections[0].file_offset, job.sections[0].stream_offset),
        Kind::Memory => {}
    }
    WriteOptions {
        file_offset,
        offset,
        auto: false,
        resume: false,
        verify: false,
        force: true,
        append: false,
        read_percent: 0,
        files: None,
        ranks: None,
        ..job.options.clone()
    }
}
