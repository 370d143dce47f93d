//! `dgen bench fill --scaling`: how generation and plain stores grow with the number of threads.
//!
//! Each number of threads gets a process of its own, bound to as many processors: one of each physical core first, node by
//! node, then their siblings. So nothing that a larger number started disturbs a smaller one.

use std::time::Duration;

use dgen::kernel::StoreLoop;
use dgen::topology::{CacheKind, IdSet, Topology};
use dgen::units::{PAGE, exact_size};
use dgen::{Kernel, Recipe, Result};
use dgen_io::Watch;
use dgen_measure::TextTable;
use serde::Serialize;

use crate::bench::process::{Crew, Job, Seat, Span, Work};
use crate::display::lines::{Text, names, row};
use crate::launch::BUILD;
use crate::report::words::{count, human_rate};

/// How long one turn of the stores or the fill lasts, about.
const TURN_NS: u64 = 30_000_000;
/// How long a process may give no sign of life.
const PATIENCE: Duration = Duration::from_mins(1);
/// The usual buffer, where the last-level caches hold four of it.
const USUAL: u64 = 32 << 20;
/// Bounds of the buffer that is larger than the caches.
const BEYOND: (u64, u64) = (256 << 20, 4 << 30);

/// All series of a run, and the machine they ran on.
#[derive(Serialize)]
pub(super) struct ScalingReport {
    version: &'static str,
    build: &'static str,
    cpu_model: Option<String>,
    kernel: &'static str,
    rounds: usize,
    num_nodes: usize,
    physical_cores: usize,
    logical_cpus: usize,
    /// Sum of the largest caches.
    last_level_cache_bytes: u64,
    series: Vec<Series>,
}

/// One buffer and recipe.
#[derive(Serialize)]
struct Series {
    /// Bytes of the buffer that is filled over and over.
    buffer: u64,
    recipe: Recipe,
    points: Vec<Point>,
}

/// One number of threads.
#[derive(Clone, Debug, Serialize)]
struct Point {
    threads: usize,
    /// The processors that the process was bound to.
    cpus: IdSet,
    physical_cores: usize,
    nodes: usize,
    /// Best rate of the fill.
    bytes_per_s: f64,
    /// Best rate of stores by the same threads to the same buffer, by the fastest of the loops.
    limit_bytes_per_s: f64,
    ratio_to_limit: f64,
    /// Rate per thread over that of the first point.
    efficiency: f64,
    /// The same of the stores.
    limit_efficiency: f64,
}

/// What to measure.
pub(super) struct Plan<'a> {
    pub(super) recipes: &'a [Recipe],
    /// Default: the usual one, and one larger than the caches.
    pub(super) buffers: &'a [usize],
    /// Default: powers of two, the physical cores, and all that may be used.
    pub(super) threads: &'a [usize],
    pub(super) rounds: usize,
}

/// Measures every series.
pub(super) fn run(plan: &Plan<'_>, watch: Watch<'_>) -> Result<ScalingReport> {
    let topology = Topology::read();
    let cpus = in_order(&topology);
    let most = topology.limits.effective_threads();
    let default = counts(most, physical(&topology, &cpus.iter().copied().collect()));
    let counts = if plan.threads.is_empty() { &default[..] } else { plan.threads };
    let cache = last_level(&topology);
    // Well inside the last-level caches, and well outside.
    let inside = USUAL.min(cache / 4).max(1 << 20);
    let beyond = (4 * cache).clamp(BEYOND.0, BEYOND.1).next_multiple_of(1 << 20);
    let usual = [inside, beyond].map(|size| usize::try_from(size).expect("below 4 GiB"));
    let buffers = if plan.buffers.is_empty() { &usual[..] } else { plan.buffers };
    let mut series = Vec::new();
    for buffer in buffers.iter().map(|buffer| buffer.next_multiple_of(PAGE)) {
        let mut of_recipes: Vec<Series> = plan.recipes.iter().map(|recipe| Series::new(buffer, *recipe)).collect();
        let seats: Vec<Seat> = counts.iter().map(|&threads| seat(&topology, &cpus, threads)).collect();
        for (seat, rates) in seats.iter().zip(best(&seats, buffer, plan, watch)?) {
            let nodes = nodes(&topology, &seat.cpus).len();
            for (series, (fill, limit)) in of_recipes.iter_mut().zip(rates) {
                let place = (seat.cpus.clone(), physical(&topology, &seat.cpus), nodes);
                series.add(seat.threads, place, fill, limit);
            }
        }
        series.extend(of_recipes);
    }
    Ok(ScalingReport {
        version: env!("CARGO_PKG_VERSION"),
        build: BUILD,
        kernel: Kernel::selected()?.name(),
        rounds: plan.rounds,
        num_nodes: topology.num_nodes,
        physical_cores: topology.physical_cores,
        logical_cpus: topology.logical_cpus,
        last_level_cache_bytes: cache,
        cpu_model: topology.cpu_model,
        series,
    })
}

/// The processors in the order in which numbers of threads take them.
fn in_order(topology: &Topology) -> Vec<u32> {
    let allowed = &topology.limits.cpus;
    let mut cpus: Vec<(usize, usize, u32)> = Vec::new();
    for core in &topology.cores {
        for (turn, cpu) in core.cpus.intersection(allowed).iter().enumerate() {
            let node = topology.nodes.iter().position(|node| node.cpus.contains(cpu)).unwrap_or(0);
            cpus.push((turn, node, cpu));
        }
    }
    cpus.sort_unstable();
    cpus.into_iter().map(|(_, _, cpu)| cpu).collect()
}

/// How many physical cores these processors belong to.
fn physical(topology: &Topology, cpus: &IdSet) -> usize {
    topology.cores.iter().filter(|core| !core.cpus.intersection(cpus).is_empty()).count()
}

/// Powers of two up to `most`, the physical cores, and `most`.
fn counts(most: usize, cores: usize) -> Vec<usize> {
    let powers = (0..usize::BITS).map(|shift| 1_usize << shift).take_while(|count| *count < most);
    let mut counts: Vec<usize> = powers.chain([cores.min(most), most]).collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// Bytes of all caches of the highest level.
fn last_level(topology: &Topology) -> u64 {
    let caches = topology.caches.iter().filter(|cache| cache.kind == CacheKind::Unified);
    let last = caches.clone().map(|cache| cache.level).max();
    caches.filter(|cache| Some(cache.level) == last).filter_map(|cache| cache.size_bytes).sum()
}

/// The process of so many threads, on the first of these processors.
fn seat(topology: &Topology, cpus: &[u32], threads: usize) -> Seat {
    let bound: IdSet = cpus.iter().copied().take(threads).collect();
    let node = match nodes(topology, &bound)[..] {
        [node] => Some(node),
        _ => None,
    };
    Seat { name: count(threads as u64, "thread"), cpus: bound, threads, node }
}

/// The nodes of these processors.
fn nodes(topology: &Topology, cpus: &IdSet) -> Vec<u32> {
    let nodes = topology.nodes.iter().filter(|node| !node.cpus.intersection(cpus).is_empty());
    nodes.map(|node| node.id).collect()
}

/// The best rates of fill and stores, for each seat and recipe. All take turns in each round, so that what disturbs the
/// machine for a while disturbs all alike; those whose turn it is not sleep.
fn best(seats: &[Seat], buffer: usize, plan: &Plan<'_>, watch: Watch<'_>) -> Result<Vec<Vec<(f64, f64)>>> {
    let mut probes = seats.iter().map(|seat| Probe::start(seat, buffer, watch)).collect::<Result<Vec<_>>>()?;
    let ways = StoreLoop::available(Kernel::selected()?);
    let mut rates = vec![vec![(0.0_f64, 0.0_f64); plan.recipes.len()]; seats.len()];
    for _ in 0..plan.rounds {
        for (probe, rates) in probes.iter_mut().zip(&mut rates) {
            for ((fill, limit), recipe) in rates.iter_mut().zip(plan.recipes) {
                for &way in ways {
                    *limit = limit.max(probe.rate(Work::Stores(way), watch)?);
                }
                *fill = fill.max(probe.rate(Work::Fill(recipe.to_string()), watch)?);
            }
        }
    }
    Ok(rates)
}

/// A process under measurement.
struct Probe {
    crew: Crew,
    /// Bytes of one turn: whole buffers.
    turn: u64,
    offset: u64,
}

impl Probe {
    fn start(seat: &Seat, buffer: usize, watch: Watch<'_>) -> Result<Self> {
        let mut crew = Crew::start(std::slice::from_ref(seat), buffer, PATIENCE)?;
        crew.placed(watch)?;
        let buffer = buffer as u64;
        let mut probe = Self { crew, turn: buffer, offset: 0 };
        let first = probe.rate(Work::Stores(StoreLoop::Plain), watch)?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and far below 2^63")]
        let turn = (first * TURN_NS as f64 / 1e9) as u64;
        probe.turn = turn.next_multiple_of(buffer).max(buffer);
        Ok(probe)
    }

    /// The rate of one turn, in bytes per second.
    fn rate(&mut self, work: Work, watch: Watch<'_>) -> Result<f64> {
        let job = Job { work, offset: self.offset, bytes: self.turn };
        self.offset += self.turn;
        let span: Span = self.crew.run(&[job], watch)?[0];
        Ok(self.turn as f64 * 1e9 / span.end_ns.saturating_sub(span.begin_ns).max(1) as f64)
    }
}

impl Series {
    fn new(buffer: usize, recipe: Recipe) -> Self {
        Self { buffer: buffer as u64, recipe, points: Vec::new() }
    }

    fn add(&mut self, threads: usize, place: (IdSet, usize, usize), fill: f64, limit: f64) {
        let first = self.points.first();
        let base =
            |rate: fn(&Point) -> f64, own: f64| first.map_or(own / threads as f64, |p| rate(p) / p.threads as f64);
        let efficiency = fill / threads as f64 / base(|point| point.bytes_per_s, fill);
        let limit_efficiency = limit / threads as f64 / base(|point| point.limit_bytes_per_s, limit);
        let (cpus, physical_cores, nodes) = place;
        self.points.push(Point {
            threads,
            cpus,
            physical_cores,
            nodes,
            bytes_per_s: fill,
            limit_bytes_per_s: limit,
            ratio_to_limit: fill / limit,
            efficiency,
            limit_efficiency,
        });
    }
}

pub(super) fn text(report: &ScalingReport) -> Text {
    let mut text = Text::default();
    let model = report.cpu_model.as_deref().unwrap_or("unknown processor");
    row(&mut text, "processor", format_args!("{model}, kernel {}, {} build", report.kernel, report.build));
    let nodes = count(report.num_nodes as u64, "node");
    let cores = count(report.physical_cores as u64, "physical core");
    row(&mut text, "machine", format_args!("{nodes}, {cores}, {}", count(report.logical_cpus as u64, "processor")));
    for series in &report.series {
        add_series(&mut text, series);
    }
    text
}

fn add_series(text: &mut Text, series: &Series) {
    text.heading(format!("buffer {}, {}", exact_size(series.buffer), series.recipe));
    let cells = |point: &Point| {
        let [fill, limit] = [point.bytes_per_s, point.limit_bytes_per_s].map(human_rate);
        let counts = [point.threads, point.physical_cores, point.nodes].map(|count| count.to_string());
        let ratios = [point.ratio_to_limit, point.efficiency, point.limit_efficiency].map(|it| format!("{it:.3}"));
        counts.into_iter().chain([fill, limit]).chain(ratios).collect()
    };
    text.table(TextTable {
        names: names(["threads", "cores", "nodes", "fill", "store limit", "ratio", "efficiency", "of stores"]),
        rows: series.points.iter().map(cells).collect(),
        left: Vec::new(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_powers_of_two_the_cores_and_all() {
        assert_eq!(counts(1, 1), [1]);
        assert_eq!(counts(2, 2), [1, 2]);
        assert_eq!(counts(96, 48), [1, 2, 4, 8, 16, 32, 48, 64, 96]);
        assert_eq!(counts(3, 48), [1, 2, 3]);
    }

    #[test]
    fn efficiency_is_that_per_thread_beside_the_first_point() {
        let mut series = Series::new(4096, "dgen1,seed=1".parse().unwrap());
        let place = || ("0".parse().unwrap(), 1, 1);
        for (threads, fill, limit) in [(2, 20.0, 40.0), (4, 30.0, 80.0)] {
            series.add(threads, place(), fill, limit);
        }
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(series.points[0].efficiency, 1.0);
        close(series.points[1].efficiency, 0.75);
        close(series.points[1].limit_efficiency, 1.0);
        close(series.points[1].ratio_to_limit, 0.375);
    }
}
