//! One write, from the first byte to the last.

use std::sync::atomic::{AtomicU64, Ordering};

use dgen::{Error, Result};

use super::finish::{End, Written};
use super::options::WriteOptions;
use crate::base::outcome::Outcome;
use crate::engine::machine::Machine;
use crate::engine::operation::Action;
use crate::engine::select::{Chosen, choose};
use crate::extents::completed;
use crate::extents::cursor::{Cursor, Extent, Grid, Section};
use crate::memory::nodes::Nodes;
use crate::metrics::live::Board;
use crate::metrics::stats::Stats;
use crate::metrics::watch::Watch;
use crate::options::modes::SyncMode;
use crate::pipeline::rate_limiter::Pace;
use crate::pipeline::shared::{Pipeline, Progress, Supplied};
use crate::report::run::{RunFacts, RunReport, WriteReport};
use crate::sizing::{Plan, Wish};
use crate::storage::open_file::Channel;
use crate::storage::target::Target;
use crate::write::rwmix::Mix;

pub(crate) struct Run<'a> {
    machine: &'a dyn Machine,
    options: &'a WriteOptions,
    watch: Watch<'a>,
    nodes: &'a Nodes,
    plan: Plan,
    chosen: Chosen,
    cursor: Cursor,
    /// Bytes of one pass.
    size: u64,
    targets: &'a mut [Target],
}

impl<'a> Run<'a> {
    /// Decides how to go about it, and empties files that are to be written from their beginning.
    pub(crate) fn new(
        machine: &'a dyn Machine,
        options: &'a WriteOptions,
        watch: Watch<'a>,
        (nodes, wish): (&'a Nodes, Wish),
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
        completed::check(cursor.count(), options.io.order)?;
        for target in &mut *targets {
            target.empty()?;
        }
        let cursor = cursor.ordered(options.io.order, options.io.passes);
        Ok(Self { machine, options, watch, nodes, plan, chosen, cursor, size, targets })
    }

    pub(crate) fn go(self) -> Outcome<WriteReport> {
        let Self { machine, options, watch, nodes, plan, chosen, cursor, size, targets } = self;
        let entered = machine.clock().now();
        for target in &mut *targets {
            if options.pregenerated {
                target.unmark();
            } else {
                target.mark(options.stream.recipe(), target.section.size);
            }
        }
        let channels: Vec<&Channel> = targets.iter().map(|target| &target.channel).collect();
        let reserved = preallocate(targets, options, watch);
        let syncs = Syncs { mode: options.sync, targets, written: AtomicU64::new(0) };
        let fill = |offset, data: &mut [u8]| {
            options.stream.fill_at(offset, data).expect("the range was checked at the start");
            machine.generated(data.len());
        };
        let in_place = targets.iter().all(|target| target.in_place);
        let mix =
            (options.read_percent > 0).then(|| Mix::new(&options.stream, options.read_percent, in_place, &cursor));
        let pipeline = Pipeline {
            action: Action::Write,
            channels: &channels,
            cursor,
            pace: Pace::new(&options.io, plan.buffer),
            clock: machine.clock(),
            watch,
            supply: if options.pregenerated { Supplied::Once(&fill) } else { Supplied::Each(&fill) },
            finished: &|extent, _| syncs.after(extent),
            examine: None,
            progress: Progress::default(),
            mix: mix.as_ref(),
            nodes,
            board: Board::of_run(plan.workers, options.io.live.as_deref()),
        };
        let make = |buffers: &mut [_]| machine.make(&chosen, &options.io, plan.depth, &channels, buffers);
        let stats = match reserved {
            Ok(()) => pipeline.run(&plan, options.io.huge_pages, &make),
            Err(error) => {
                pipeline.progress.fail(0, error);
                vec![Stats::default()]
            }
        };
        // Reserving space is no I/O, although on file systems in memory it takes as long as writing; nor is making buffers.
        let begin = pipeline.pace.begin(machine.clock());
        let sum = Stats::sum(&stats);
        let written = Written {
            options,
            size,
            prefix: pipeline.prefix(),
            bytes: sum.bytes,
            has_read: mix.as_ref().is_none_or(|mix| mix.is_done(&sum.reads)),
            only_reads: mix.as_ref().is_some_and(Mix::only_reads),
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
            nodes,
            board: &pipeline.board,
            generates: true,
            time_limited: end == End::TimeLimit,
        };
        let run = RunReport::new(&facts);
        let elapsed = now.saturating_sub(begin);
        drop(pipeline);
        let mut outcome = written.report(run, targets, &removed, synced, end, error);
        outcome.report.reads = mix.as_ref().map(|mix| sum.reads.report(mix, elapsed));
        outcome
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
