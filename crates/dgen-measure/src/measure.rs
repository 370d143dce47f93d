//! The measurement: rounds of reading, counting and compressing.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dgen::Result;

use crate::chunking::Chunking;
use crate::crew;
use crate::distinct::Shard;
use crate::extent::{Feeder, Place};
use crate::grid::Grid;
use crate::input::Input;
use crate::keep::{Keep, Pass};
use crate::options::{MeasureOptions, Plan};
use crate::report::{MeasureReport, SkippedInput};
use crate::scan::{Ended, Scan};
use crate::simulation::Simulation;
use crate::state::StateFile;
use crate::unique::Unique;

/// Units that must be there to count before another thread is worth starting.
const UNITS_PER_THREAD: usize = 1 << 14;

/// How a caller follows a measurement and stops it.
#[derive(Clone, Copy, Default)]
pub struct Watch<'a> {
    /// Called on the calling thread with the bytes measured so far, after each round: at most 256 MiB, or 32 MiB where
    /// data is compressed.
    pub progress: Option<&'a dyn Fn(u64)>,
    /// Ends the measurement soon after it becomes true, with the report of what was measured up to then.
    pub cancel: Option<&'a AtomicBool>,
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("progress", &self.progress.is_some()).field("cancel", &self.cancel).finish()
    }
}

/// Measures the inputs, one after another, as one body of data.
///
/// A block is *first* where it occurs first in input order, so the order of the inputs can change the compression
/// ratios a little, and nothing else.
///
/// # Errors
/// - [`ErrorKind::InvalidValue`](dgen::ErrorKind::InvalidValue): an option is out of range; see [`MeasureOptions`].
/// - [`ErrorKind::Io`](dgen::ErrorKind::Io): the only input cannot be opened; where [`MeasureOptions::strict`], any that
///   cannot be opened, or read to its end. The error tells its path and the offset. Others are in
///   [`MeasureReport::skipped`].
///
/// # Example
/// ```
/// use dgen_measure::{Input, MeasureOptions, Watch, measure};
///
/// let reader = Input::Reader { name: "pipe".into(), reader: Box::new(std::io::repeat(b'a').take(10_000)) };
/// let report = measure(vec![Input::Bytes(&[0; 8192]), reader], &MeasureOptions::default(), Watch::default())?;
/// assert_eq!((report.inputs, report.bytes), (2, 18_192));
/// assert_eq!(report.zero_blocks[&4096].blocks, 2);
/// # use std::io::Read;
/// # Ok::<(), dgen::Error>(())
/// ```
pub fn measure(inputs: Vec<Input<'_>>, options: &MeasureOptions, watch: Watch<'_>) -> Result<MeasureReport> {
    let begin = Instant::now();
    let plan = options.plan()?;
    let mut state = StateFile::new(options, &inputs)?;
    let mut feeder = Feeder::new(inputs, &plan);
    let mut run = Run::new(&plan, watch, state.is_some())?;
    let mut skipped = Vec::new();
    let mut before = Duration::ZERO;
    if let Some(state) = &state {
        let mut progress = Progress { run: &mut run, place: Place::default(), skipped: Vec::new(), elapsed_ns: 0 };
        if state.load(&mut progress)? {
            before = Duration::from_nanos(progress.elapsed_ns);
            let Progress { place, skipped: earlier, .. } = progress;
            feeder.go_to(&place)?;
            skipped = earlier;
        }
    }
    let elapsed = || begin.elapsed() + before;
    let mut is_complete = false;
    loop {
        let is_cancelled = run.is_cancelled();
        if let Some(state) = state.as_mut().filter(|state| is_cancelled || state.is_due()) {
            let elapsed_ns = u64::try_from(elapsed().as_nanos()).unwrap_or(u64::MAX);
            state.save(&mut Progress { run: &mut run, place: feeder.place(), skipped: skipped.clone(), elapsed_ns })?;
        }
        if is_cancelled {
            break;
        }
        let Some(round) = feeder.next_round()? else {
            is_complete = true;
            break;
        };
        let Ended { stream, failed } = run.scan.read(round, run.stop);
        skipped.extend(feeder.unopened.drain(..).map(|error| SkippedInput::failed(&error)));
        for (input, error) in failed {
            if plan.strict {
                return Err(error);
            }
            skipped.push(SkippedInput::failed(&error));
            feeder.failed(input);
        }
        run.count()?;
        if stream {
            feeder.stream_ended();
        }
        if let Some(progress) = watch.progress {
            progress(run.bytes);
        }
    }
    skipped.extend(feeder.unopened.drain(..).map(|error| SkippedInput::failed(&error)));
    let mut report = run.finish(&plan, feeder.opened as u64, &elapsed)?;
    report.skipped = skipped;
    if let Some(state) = state.filter(|_| is_complete) {
        state.remove()?;
    }
    Ok(report)
}

/// What a later run goes on from.
struct Progress<'r, 'a> {
    run: &'r mut Run<'a>,
    place: Place,
    skipped: Vec<SkippedInput>,
    elapsed_ns: u64,
}

impl Keep for Progress<'_, '_> {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        self.place.pass(way)?;
        self.skipped.pass(way)?;
        self.elapsed_ns.pass(way)?;
        self.run.pass(way)
    }
}

/// The state between rounds.
struct Run<'a> {
    scan: Scan,
    grids: Vec<Grid>,
    chunkings: Vec<Chunking>,
    /// Compresses the unique part at the grid of that number, or everything.
    unique: Option<(Option<usize>, Unique)>,
    simulations: Vec<Simulation>,
    /// One per thread, for phases that need no scratch memory.
    hands: Vec<()>,
    bytes: u64,
    cancel: &'a AtomicBool,
    /// What ends a round early: nothing where rounds must be whole.
    stop: &'a AtomicBool,
}

/// What was counted up to the end of a round.
impl Keep for Run<'_> {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        self.bytes.pass(way)?;
        self.scan.pass(way)?;
        self.grids.iter_mut().try_for_each(|grid| grid.pass(way))?;
        self.chunkings.iter_mut().try_for_each(|chunking| chunking.pass(way))?;
        self.unique.iter_mut().try_for_each(|(_, unique)| unique.pass(way))?;
        self.simulations.iter_mut().try_for_each(|simulation| simulation.pass(way))
    }
}

impl<'a> Run<'a> {
    fn new(plan: &Plan, watch: Watch<'a>, whole_rounds: bool) -> Result<Self> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let cancel = watch.cancel.unwrap_or(&NEVER);
        let chosen = plan.compress_dedup_block;
        let modelled = |block| plan.dedup && plan.models.iter().any(|model| model.dedups() && model.record == block);
        let grid =
            |&block: &u64| Grid::new(block, plan.unit, plan.table_memory, chosen == Some(block) || modelled(block));
        let index = plan.dedup_blocks.iter().position(|block| chosen == Some(*block));
        let compresses = !plan.codecs.is_empty();
        Ok(Self {
            scan: Scan::new(plan),
            grids: plan.dedup_blocks.iter().map(grid).collect(),
            chunkings: plan.chunkers.iter().map(|chunker| Chunking::new(chunker, plan.table_memory)).collect(),
            unique: compresses.then(|| Ok((index, Unique::new(plan)?))).transpose()?,
            simulations: plan.models.iter().map(|model| Simulation::new(model, plan)).collect::<Result<_>>()?,
            hands: vec![(); plan.threads],
            bytes: 0,
            cancel,
            stop: if whole_rounds { &NEVER } else { cancel },
        })
    }

    /// Counts and compresses the round that was read.
    fn count(&mut self) -> Result<()> {
        let Self { scan, grids, hands, .. } = self;
        let helpful = scan.units() / UNITS_PER_THREAD + 1;
        let sizes = grids.len();
        let mut each = grids.iter_mut();
        crew::run(hands, helpful.min(sizes), |()| each.next(), |(), grid: &mut Grid| grid.take(scan));
        let mut shards = grids.iter_mut().flat_map(|grid| grid.distinct.shards_mut());
        crew::run(hands, helpful, |()| shards.next(), |(), shard: &mut Shard| shard.settle());
        self.grids.iter_mut().for_each(Grid::note_new);
        Chunking::take(&mut self.chunkings, &self.scan, &mut self.hands);
        self.compress_new()?;
        for simulation in &mut self.simulations {
            simulation.take(&self.scan, &self.grids, self.stop)?;
        }
        for (index, grid) in self.grids.iter_mut().enumerate() {
            let sampled = grid.distinct.shrink(&mut self.hands);
            if let Some((_, unique)) = self.unique.as_mut().filter(|(chosen, _)| sampled && *chosen == Some(index)) {
                unique.flush(1 << grid.distinct.level(), self.stop)?;
            }
        }
        self.bytes += self.scan.bytes();
        Ok(())
    }

    /// Hands the blocks that the round was the first to hold to the compressors, or all.
    fn compress_new(&mut self) -> Result<()> {
        let Some((index, unique)) = &mut self.unique else { return Ok(()) };
        let Some(index) = index else {
            return unique.append_all(self.scan.data(), self.scan.pieces(), self.stop);
        };
        let grid = &self.grids[*index];
        unique.append(self.scan.data(), grid.spans(), grid.new_blocks(), self.stop)
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    fn finish(mut self, plan: &Plan, inputs: u64, elapsed: &dyn Fn() -> Duration) -> Result<MeasureReport> {
        if let Some((_, unique)) = &mut self.unique {
            unique.flush(1, self.stop)?;
        }
        for simulation in &mut self.simulations {
            simulation.finish(self.stop)?;
        }
        let compressed = self.unique.as_ref().map(|(_, unique)| unique.report());
        let mut report = MeasureReport {
            bytes: self.bytes,
            inputs,
            interrupted: self.is_cancelled(),
            compress_dedup_block: plan.compress_dedup_block,
            unique_bytes: compressed.as_ref().filter(|_| plan.dedup).map_or(0, |c| c.source),
            dedup_first: plan.dedup,
            compressed_bytes: compressed.as_ref().map_or(0, |c| c.tried),
            compress_sample: plan.compress_samples.iter().flatten().copied().max().unwrap_or(1),
            threads: plan.threads,
            engines: plan.codecs.iter().map(|codec| (*codec, codec.engine(plan.levels))).collect(),
            ..MeasureReport::default()
        };
        for grid in &self.grids {
            let (dedup, zeros) = grid.report();
            report.dedup.insert(grid.block(), dedup);
            report.zero_blocks.insert(grid.block(), zeros);
            report.repeats.insert(grid.block(), grid.repeats());
        }
        report.chunks = self.chunkings.into_iter().map(|chunking| chunking.report(&mut self.hands)).collect();
        let source = compressed.as_ref().map_or(0, |compressed| compressed.source);
        let dedup = if source == 0 { 1.0 } else { self.bytes as f64 / source as f64 };
        for (codec, block, records) in compressed.into_iter().flat_map(|compressed| compressed.records) {
            report.compress.entry(codec).or_default().insert(block, records.ratio);
            report.reduction.entry(codec).or_default().insert(block, dedup * records.ratio);
            report.records.entry(codec).or_default().insert(block, records);
        }
        report.models = self.simulations.iter().map(|simulation| simulation.report(self.bytes)).collect();
        report.entropy = self.scan.entropy();
        report.warn();
        let elapsed = elapsed();
        report.elapsed_ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        report.bytes_per_s = if elapsed.is_zero() { 0.0 } else { report.bytes as f64 / elapsed.as_secs_f64() };
        Ok(report)
    }
}
