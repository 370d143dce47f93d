//! One write, from the first byte to the report.

use std::sync::atomic::{AtomicU64, Ordering};

use dgen::units::human_size;
use dgen::{Error, ErrorKind, Result};

use super::WriteOptions;
use crate::engine::Action;
use crate::engine::choice::{Chosen, choose};
use crate::extents::{Cursor, Extent, Grid, Section};
use crate::ledger;
use crate::machine::Machine;
use crate::modes::SyncMode;
use crate::order::Order;
use crate::outcome::Outcome;
use crate::pace::Pace;
use crate::pipeline::{Pipeline, Progress};
use crate::placement::Placement;
use crate::plan::{Plan, Wish};
use crate::report::{FileReport, RunFacts, RunReport, WriteReport};
use crate::stats::Stats;
use crate::target::{Kind, Target};
use crate::transfer::Channel;
use crate::watch::Watch;
use crate::writeback;

/// Share of the time from which on the report warns that generation limited the result.
const GENERATION_LIMITS: f64 = 0.2;

/// Whether data is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Synced {
    Yes,
    /// Not asked for, nothing to sync, or it failed.
    No,
    /// The caller stopped it.
    Stopped,
}

/// Why no more was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Everything is.
    Complete,
    /// The time was over.
    TimeLimit,
    /// The caller stopped it, or it failed.
    Early,
}

pub(super) struct Run<'a> {
    machine: &'a dyn Machine,
    options: &'a WriteOptions,
    watch: Watch<'a>,
    plan: Plan,
    chosen: Chosen,
    cursor: Cursor,
    /// Bytes of one pass.
    size: u64,
    targets: &'a mut [Target],
}

impl<'a> Run<'a> {
    /// Decides how to go about it, and empties files that are to be written from their beginning.
    pub(super) fn new(
        machine: &'a dyn Machine,
        options: &'a WriteOptions,
        watch: Watch<'a>,
        wish: Wish,
        sections: &[Section],
        targets: &'a mut [Target],
    ) -> Result<Self> {
        let channels: Vec<&Channel> = targets.iter().map(|target| &target.channel).collect();
        let chosen = choose(&options.io, &channels, machine)?;
        let alignment = channels.iter().map(|channel| channel.alignment).max().expect("there is a path");
        let wish = Wish { direct: channels.iter().any(|channel| channel.direct.is_some()), ..wish };
        let size = sections.iter().map(|section| section.size).sum::<u64>();
        let plan = wish.plan(alignment, size.saturating_mul(options.io.passes), chosen.kind)?;
        let cursor = Cursor::new(sections, Grid::File, alignment, plan.buffer);
        ledger::check(cursor.count(), options.io.order)?;
        for target in &mut *targets {
            target.empty()?;
        }
        let cursor = cursor.ordered(options.io.order, options.io.passes);
        Ok(Self { machine, options, watch, plan, chosen, cursor, size, targets })
    }

    pub(super) fn go(self) -> Outcome<WriteReport> {
        let Self { machine, options, watch, plan, chosen, cursor, size, targets } = self;
        let entered = machine.clock().now();
        for target in &mut *targets {
            target.mark(options.stream.recipe(), target.section.size);
        }
        let channels: Vec<&Channel> = targets.iter().map(|target| &target.channel).collect();
        let reserved = preallocate(targets, options, watch);
        let syncs = Syncs { mode: options.sync, targets, written: AtomicU64::new(0) };
        let fill = |offset, data: &mut [u8]| {
            options.stream.fill_at(offset, data).expect("the range was checked at the start");
            machine.generated(data.len());
        };
        let pipeline = Pipeline {
            action: Action::Write,
            channels: &channels,
            cursor,
            pace: Pace::new(&options.io, plan.buffer),
            clock: machine.clock(),
            watch,
            fill: Some(&fill),
            finished: &|extent, _| syncs.after(extent),
            progress: Progress::default(),
        };
        let placement = Placement::new(options.io.numa);
        let make = |buffers: &mut [_]| {
            placement.enter()?;
            machine.make(&chosen, &options.io, plan.depth, &channels, buffers)
        };
        let stats = match reserved {
            Ok(()) => pipeline.run(&plan, options.io.huge_pages, &make),
            Err(error) => {
                pipeline.progress.fail(0, error);
                vec![Stats::default()]
            }
        };
        // Reserving space is no I/O, although on file systems in memory it takes as long as writing; nor is making buffers.
        let begin = pipeline.pace.begin(machine.clock());
        let written = Written {
            options,
            size,
            prefix: pipeline.prefix(),
            bytes: Stats::sum(&stats).bytes,
            time_over: pipeline.pace.is_over(machine.clock()),
        };
        let removed = written.settle(targets, &pipeline.progress, watch);
        let before_sync = machine.clock().now();
        let synced = written.sync(targets, &pipeline.progress, watch);
        let now = machine.clock().now();
        let error = pipeline.progress.take_error();
        let end = written.end(error.is_some(), synced, watch);
        let facts = RunFacts {
            stats: &stats,
            elapsed: now.saturating_sub(begin),
            preparing: begin.saturating_sub(entered),
            syncing: now.saturating_sub(before_sync),
            plan: &plan,
            chosen: &chosen,
            options: &options.io,
            channels: &channels,
            time_limited: end == End::TimeLimit,
        };
        let run = RunReport::new(&facts);
        drop(pipeline);
        written.report(run, targets, &removed, synced, end, error)
    }
}

/// Syncs while data is written.
struct Syncs<'a> {
    mode: SyncMode,
    targets: &'a [Target],
    /// Bytes written by all workers.
    written: AtomicU64,
}

impl Syncs<'_> {
    /// Syncs the extent's file where so many bytes have been written since the last time.
    fn after(&self, extent: &Extent) -> Result<()> {
        let SyncMode::Every(step) = self.mode else { return Ok(()) };
        let before = self.written.fetch_add(extent.len as u64, Ordering::Relaxed);
        let target = &self.targets[extent.section];
        if before / step == (before + extent.len as u64) / step || !target.kind.has_cache() {
            return Ok(());
        }
        target.channel.buffered.sync_data().map_err(|error| Error::io("sync", &target.channel.path, None, error))
    }
}

fn preallocate(targets: &[Target], options: &WriteOptions, watch: Watch<'_>) -> Result<()> {
    targets.iter().filter(|_| options.preallocate).try_for_each(|target| target.preallocate(watch))
}

/// What is in the files when all workers have ended.
struct Written<'a> {
    options: &'a WriteOptions,
    /// Bytes of one pass.
    size: u64,
    /// Bytes of the whole operation that were written without a gap.
    prefix: u64,
    /// Bytes written, in all passes.
    bytes: u64,
    time_over: bool,
}

impl Written<'_> {
    fn is_complete(&self) -> bool {
        u128::from(self.bytes) == u128::from(self.size) * u128::from(self.options.io.passes)
    }

    /// Whether data may lie behind the prefix that is not to be cut off.
    fn is_scattered(&self) -> bool {
        self.options.io.order != Order::Sequential && self.bytes > 0
    }

    /// Each target with its own part of the prefix.
    fn prefixes(&self, targets: &[Target]) -> Vec<u64> {
        let mut left = self.prefix;
        let own = |target: &Target| {
            let own = left.min(target.section.size);
            left -= own;
            own
        };
        targets.iter().map(own).collect()
    }

    fn settle(&self, targets: &[Target], progress: &Progress, watch: Watch<'_>) -> Vec<bool> {
        let settle = |(target, own): (&Target, u64)| {
            if self.is_scattered() {
                return false;
            }
            target.settle(own, watch).unwrap_or_else(|error| {
                progress.fail(self.prefix, error);
                false
            })
        };
        targets.iter().zip(self.prefixes(targets)).map(settle).collect()
    }

    /// Makes what was written durable, unless the run was stopped.
    fn sync(&self, targets: &[Target], progress: &Progress, watch: Watch<'_>) -> Synced {
        let mut synced = Synced::No;
        for (target, own) in targets.iter().zip(self.prefixes(targets)) {
            let len = if self.is_scattered() { target.section.size } else { own };
            if self.options.sync == SyncMode::None || !target.kind.has_cache() || len + target.valid == 0 {
                continue;
            }
            match writeback::sync_range(&target.channel.buffered, target.section.file_offset, len, watch) {
                Ok(true) => synced = Synced::Yes,
                Ok(false) => return Synced::Stopped,
                Err(error) => {
                    progress.fail(self.prefix, Error::io("sync", &target.channel.path, None, error));
                    return Synced::No;
                }
            }
        }
        synced
    }

    fn end(&self, failed: bool, synced: Synced, watch: Watch<'_>) -> End {
        let early = failed || synced == Synced::Stopped;
        match self.is_complete() {
            true if !early => End::Complete,
            false if !early && self.time_over && !watch.is_cancelled() => End::TimeLimit,
            _ => End::Early,
        }
    }

    fn report(
        &self,
        mut run: RunReport,
        targets: &mut [Target],
        removed: &[bool],
        synced: Synced,
        end: End,
        error: Option<Error>,
    ) -> Outcome<WriteReport> {
        let options = self.options;
        let (done, size) = (human_size(self.bytes), human_size(self.size.saturating_mul(options.io.passes)));
        let interrupted = error.is_none() && end == End::Early;
        let error = error.or_else(|| {
            interrupted.then(|| Error::new(ErrorKind::Interrupted, format!("interrupted after {done} of {size}")))
        });
        let prefixes = self.prefixes(targets);
        if end == End::TimeLimit {
            run.warnings.push(format!("the time limit ended it after {done} of {size}"));
            if !self.is_scattered() {
                shorten(targets, &prefixes, removed, options);
            }
        }
        if run.generation_bound >= GENERATION_LIMITS && targets.iter().any(|target| target.kind != Kind::Memory) {
            let share = 100.0 * run.generation_bound;
            run.warnings.push(format!(
                "generation limited the result: for {share:.0} % of the time no buffer was filled for storage to take; \
                 more writers help where processors are idle"
            ));
        }
        run.warnings.extend(targets.iter().filter_map(|target| target.warning.clone()));
        let files = targets.iter().zip(&prefixes).zip(removed);
        let report = WriteReport {
            bytes_written: self.bytes,
            valid_prefix: valid_prefix(targets, &prefixes),
            run,
            recipe: *options.stream.recipe(),
            seed: options.stream.recipe().seed(),
            offset: options.offset,
            size: options.size,
            synced: synced == Synced::Yes,
            interrupted,
            error: error.as_ref().map(ToString::to_string),
            resumed: None,
            tuning: None,
            verify: None,
            files: files.map(|((target, own), removed)| target.report(*own, *removed)).collect(),
        };
        Outcome { report, error }
    }
}

/// Bytes without a gap over all targets, those that were there before included.
fn valid_prefix(targets: &[Target], prefixes: &[u64]) -> u64 {
    let mut sum = 0;
    for (target, own) in targets.iter().zip(prefixes) {
        sum += target.valid + own;
        if *own < target.section.size {
            break;
        }
    }
    sum
}

/// Lets attributes say what a run that was meant to end early has written.
fn shorten(targets: &mut [Target], prefixes: &[u64], removed: &[bool], options: &WriteOptions) {
    for ((target, own), removed) in targets.iter_mut().zip(prefixes).zip(removed) {
        if !removed && *own < target.section.size {
            target.mark(options.stream.recipe(), *own);
        }
    }
}

impl Kind {
    /// Whether written data waits in a cache until it is synced.
    fn has_cache(self) -> bool {
        self != Self::Memory
    }
}

impl Target {
    fn report(&self, valid_prefix: u64, removed: bool) -> FileReport {
        let (direct, direct_reason) = self.channel.path_taken();
        let Section { file_offset, stream_offset, size } = self.section;
        FileReport {
            path: self.channel.path.clone(),
            file_offset: file_offset - self.valid,
            offset: stream_offset - self.valid,
            size: size + self.valid,
            valid_prefix: valid_prefix + self.valid,
            direct,
            direct_reason,
            removed,
        }
    }
}
