//! Tries on the real target.

use std::fs::File;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dgen::{Error, ErrorKind, Result};
use rustix::fs::{Advice, fadvise};

use crate::base::outcome::Outcome;
use crate::engine::machine::Machine;
use crate::extents::cursor::Section;
use crate::memory::nodes::Nodes;
use crate::metrics::watch::Watch;
use crate::options::io::IoOptions;
use crate::read::once::{ReadOptions, read_on};
use crate::report::run::RunReport;
use crate::storage::scratch::Scratch;
use crate::storage::source::open_to_read;
use crate::storage::target::{Found, Kind};
use crate::tune::ramp::{Measured, Ramp, Wanted};
use crate::tune::seed;
use crate::tune::setting::{MOST_BYTES, SHARE, TunedSetting, TuningReport};
use crate::write::options::{WriteOptions, write_on};

/// Chooses for a write of `paths`, of which `sections` are still to be written; the first path is `found`.
///
/// # Errors
/// Bad values, and when the caller stops it.
pub(crate) fn write(
    machine: &dyn Machine,
    paths: &[PathBuf],
    found: &Found,
    sections: &[Section],
    options: &WriteOptions,
    watch: Watch<'_>,
) -> Result<(WriteOptions, TuningReport)> {
    let given = given(options.buffer_size, options.writers, &options.io);
    let mut trial_options = WriteOptions {
        auto: false,
        resume: false,
        verify: false,
        force: true,
        append: false,
        read_percent: 0,
        files: None,
        ..options.clone()
    };
    let size = sections.iter().map(|section| section.size).sum();
    let mut ramp = ramp(machine, given, size, &Nodes::new(options.io.placement, options.threads)?);
    if found.kind() == Kind::Block {
        // What is tried there is a part of what is to be written there.
        ramp.bytes = ramp.bytes.min(sections[0].size);
        let Section { file_offset, stream_offset, .. } = sections[0];
        (trial_options.file_offset, trial_options.offset) = (file_offset, stream_offset);
    }
    let scratch = match found.kind() {
        Kind::Regular => Some(Scratch::beside(&paths[0])),
        Kind::Block | Kind::Memory => None,
    };
    // The file lives until all is tried.
    let (scratch, mut refused) = match scratch {
        Some(Ok(scratch)) => (Some(scratch), None),
        Some(Err(error)) => (None, Some(Error::io("make a file to try beside", &paths[0], None, error))),
        None => (None, None),
    };
    if scratch.is_some() {
        trial_options.file_offset = 0;
    }
    let path = scratch.as_ref().map_or_else(|| paths[0].clone(), Scratch::path);
    let (wanted, report) = ramp.run(&mut |wanted, bytes, limit| {
        if let Some(error) = refused.take() {
            return Err(error);
        }
        let mut options = trial_options.clone();
        options.size = bytes;
        (options.buffer_size, options.writers) = (wanted.buffer_size, wanted.writers);
        apply(&mut options.io, wanted);
        shorten(&mut options.io, limit);
        let outcome = write_on(machine, std::slice::from_ref(&path), &options, Watch { done: None, ..watch })?;
        measured(outcome, |report| (report.bytes_written, report.run))
    })?;
    let mut options = options.clone();
    (options.buffer_size, options.writers) = (wanted.buffer_size, wanted.writers);
    apply(&mut options.io, wanted);
    Ok((options, report))
}

/// Chooses for a read of `size` bytes of `paths`.
///
/// # Errors
/// Bad values, and when the caller stops it.
pub(crate) fn read(
    machine: &dyn Machine,
    paths: &[PathBuf],
    size: u64,
    options: &ReadOptions,
    watch: Watch<'_>,
) -> Result<(ReadOptions, TuningReport)> {
    let given = given(options.buffer_size, options.readers, &options.io);
    let ramp = ramp(machine, given, size, &Nodes::new(options.io.placement, options.threads)?);
    let begin = options.file_offset;
    let mut at = begin;
    let (wanted, report) = ramp.run(&mut |wanted, bytes, limit| {
        let mut options = ReadOptions { auto: false, file_offset: at, size: Some(bytes), ..options.clone() };
        (options.buffer_size, options.readers) = (wanted.buffer_size, wanted.writers);
        apply(&mut options.io, wanted);
        shorten(&mut options.io, limit);
        at += bytes;
        let outcome = read_on(machine, &paths[..1], &options, Watch { done: None, ..watch })?;
        measured(outcome, |report| (report.bytes_read, report.run))
    })?;
    forget(&paths[0], begin, at - begin);
    let mut options = options.clone();
    (options.buffer_size, options.readers) = (wanted.buffer_size, wanted.writers);
    apply(&mut options.io, wanted);
    Ok((options, report))
}

fn given(buffer_size: Option<u64>, writers: Option<usize>, io: &IoOptions) -> Wanted {
    Wanted { writers, buffer_size, buffer_count: io.buffer_count, depth: io.depth }
}

fn ramp<'m>(machine: &'m dyn Machine, given: Wanted, size: u64, nodes: &Nodes) -> Ramp<'m> {
    let cpus = nodes.team.threads();
    let memory = seed::memory();
    Ramp { given, cpus, memory, bytes: (size / SHARE).min(MOST_BYTES), clock: machine.clock() }
}

fn apply(io: &mut IoOptions, wanted: Wanted) {
    (io.buffer_count, io.depth) = (wanted.buffer_count, wanted.depth);
}

fn shorten(io: &mut IoOptions, limit: Duration) {
    io.passes = 1;
    io.time_limit = Some(io.time_limit.map_or(limit, |own| own.min(limit)));
}

fn measured<R>(outcome: Outcome<R>, parts: impl FnOnce(R) -> (u64, RunReport)) -> Result<Measured> {
    if let Some(error) = outcome.error {
        return Err(error);
    }
    let (bytes, run) = parts(outcome.report);
    if bytes == 0 {
        return Err(Error::new(ErrorKind::Io, "nothing was moved in the time of a try"));
    }
    let elapsed = Duration::from_nanos(run.elapsed_ns);
    Ok(Measured { setting: TunedSetting::of(&run), has_queue: run.engine == "io_uring", bytes, elapsed })
}

/// Asks the system to drop what tries have read, so that the run does not find it in memory. Nothing follows from a refusal.
fn forget(path: &Path, offset: u64, len: u64) {
    if let (Ok(file), Some(len)) = (open_to_read(path), NonZeroU64::new(len)) {
        _ = drop_range(&file, offset, len);
    }
}

fn drop_range(file: &File, offset: u64, len: NonZeroU64) -> rustix::io::Result<()> {
    fadvise(file, offset, Some(len), Advice::DontNeed)
}
