//! One write, from the first byte to the last.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use dgen::{Error, Result};

use super::{finish::Ended, finish::Written, job::WriteJob, report::WriteReport, rwmix::RwMix};
use crate::base::outcome::Outcome;
use crate::engine::operation::Action;
use crate::extents::{completed::CompletionBitmap, cursor::Cursor, cursor::Extent};
use crate::options::modes::SyncMode;
use crate::pipeline::assembly::Assembly;
use crate::pipeline::task::{Claim, Task, claim_next};
use crate::report::run::{RunRecord, RunReport};
use crate::storage::{open_file::OpenFile, target::Kind, target::Target};

/// Writes, and tells in the outcome what went wrong behind the first byte.
///
/// # Errors
/// When attributes cannot be set such that they are right.
pub(super) fn run(job: &WriteJob<'_>, assembly: &Assembly, targets: &mut [Target]) -> Result<Outcome<WriteReport>> {
    let (context, options, clock) = (job.context(), &job.options, job.machine.clock());
    let entered = clock.now();
    for target in &mut *targets {
        if options.pregenerated {
            target.unmark()?;
        } else {
            target.mark(&options.stream, target.section.size)?;
        }
    }
    let files: Vec<&OpenFile> = targets.iter().map(|target| &target.open).collect();
    let in_place = targets.iter().all(|target| target.in_place);
    let mix = (options.read_percent > 0)
        .then(|| RwMix::new(&options.stream, options.read_percent, in_place, &assembly.cursor));
    let task = WriteTask { job, targets, mix: mix.as_ref(), written: AtomicU64::new(0) };
    let moved = assembly.run(&context, &files, &task);
    let written = Written { options, size: assembly.size, moved: &moved, mix: mix.as_ref() };
    let mut end = written.finish(targets, clock, job.watch);
    let ended = clock.now();
    let (syncing, time_limited) = (ended.saturating_sub(end.sync_began), end.why == Ended::TimeLimit);
    let report = RunReport::new(&RunRecord {
        context: &context,
        assembly,
        moved: &moved,
        files: &files,
        entered,
        ended,
        syncing,
        generates: true,
        time_limited,
        full: end.is_full(),
    });
    end.reads = mix.as_ref().map(|mix| mix.report(&moved.sum.reads, ended.saturating_sub(moved.begin), &files));
    Ok(written.report(report, targets, end))
}

/// Generates each extent, or reads it back where the mix says so.
struct WriteTask<'a> {
    job: &'a WriteJob<'a>,
    targets: &'a [Target],
    mix: Option<&'a RwMix<'a>>,
    /// Bytes written by all workers.
    written: AtomicU64,
}

impl Task for WriteTask<'_> {
    fn action(&self) -> Action {
        Action::Write
    }

    fn generates_once(&self) -> bool {
        self.job.options.pregenerated
    }

    /// Reserves the space.
    fn prepare(&self) -> Result<()> {
        let asked = |_: &&Target| self.job.options.preallocate;
        self.targets.iter().filter(asked).try_for_each(|target| target.preallocate(self.job.watch))
    }

    fn generate(&self, offset: u64, data: &mut [u8]) {
        self.job.options.stream.fill_at(offset, data).expect("the range was checked at the start");
        self.job.machine.generated(data.len());
    }

    fn claim(&self, cursor: &Cursor, done: &Mutex<CompletionBitmap>) -> Claim {
        self.mix.map_or_else(|| claim_next(cursor, Action::Write), |mix| mix.claim(cursor, done))
    }

    fn completed(&self, action: Action, extent: &Extent, data: &[u8]) -> Result<()> {
        match self.mix.filter(|_| action == Action::Read) {
            Some(mix) => mix.check(extent, data, &self.targets[extent.section].open.path),
            None => self.sync_after(extent),
        }
    }
}

impl WriteTask<'_> {
    /// Syncs the extent's file where so many bytes have been written since the last time.
    fn sync_after(&self, extent: &Extent) -> Result<()> {
        let SyncMode::Every(step) = self.job.options.sync else { return Ok(()) };
        let before = self.written.fetch_add(extent.len as u64, Ordering::Relaxed);
        let target = &self.targets[extent.section];
        if before / step == (before + extent.len as u64) / step || target.kind == Kind::Memory {
            return Ok(());
        }
        target.open.buffered.sync_data().map_err(|error| Error::io("sync", &target.open.path, None, error))
    }
}
