//! `dgen bench fill`: generating into memory, beside the rate of plain stores to the same buffer in the same run.

mod cases;
mod latency;
mod median;
mod scaling;

use clap::Args;
use dgen::driver::{MAX_THREADS, PARALLEL_FROM, last_level_bytes};
use dgen::placement::PlacementReport;
use dgen::recipe::{MAX_COMPRESS, MAX_DEDUP};
use dgen::units::exact_size;
use dgen::{Error, Kernel, Ratio, Recipe, Result, Stream};
use dgen_io::RanksReport;
use dgen_measure::TextTable;
use serde::Serialize;

use crate::args::{PlaceArgs, RankArgs, ReplaceArgs, RunArgs, values};
use crate::bench::check::interrupted;
use crate::display::lines::{Text, names};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::launch::BUILD;
use crate::output::{Output, complain, warn};
use crate::progress::{Follow, follow};
use crate::report::facts;
use crate::report::words::human_rate;
use cases::Case;
use latency::LatencyCase;

/// Largest buffer: two of them are not needed, but it has to fit memory.
const MAX_BUFFER: u64 = 16 << 30;
/// Largest default buffer.
const BEYOND: u64 = 1 << 30;

#[derive(Args, Debug)]
pub(crate) struct FillArgs {
    /// Buffer; may be repeated [default: 256KiB, and four times the last-level caches, 1GiB at most]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("buffer size"), value_delimiter = ',', allow_hyphen_values = true)]
    buffer_size: Vec<u64>,

    /// Dedup ratios, each with every compress ratio [default: 1]
    #[arg(long, value_name = "R", value_parser = values::ratio("dedup ratio", MAX_DEDUP), value_delimiter = ',', allow_hyphen_values = true)]
    dedup_ratio: Vec<Ratio>,

    /// Compress ratios, each with every dedup ratio [default: 1]
    #[arg(long, value_name = "R", value_parser = values::ratio("compress ratio", MAX_COMPRESS), value_delimiter = ',', allow_hyphen_values = true)]
    compress_ratio: Vec<Ratio>,

    /// A recipe measured beside these ratios; may be repeated
    #[arg(long, value_name = "RECIPE", value_parser = str::parse::<Recipe>)]
    recipe: Vec<Recipe>,

    /// Dedup unit [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("block size"), allow_hyphen_values = true)]
    block_size: Option<u64>,

    /// Seed
    #[arg(long, value_name = "N", value_parser = values::seed("seed"), default_value = "1", allow_hyphen_values = true)]
    seed: u64,

    /// Rounds of a case: in each, the fill and every loop of stores take turns; medians count
    #[arg(long, value_name = "N", value_parser = values::number("rounds", 1, 100_000), default_value = "15", allow_hyphen_values = true)]
    rounds: usize,

    /// Measure with 1 thread up to all, each number in a process of its own bound to as many processors (one of each
    /// physical core first), and show the efficiency [default buffers: 32MiB, and one larger than the caches]
    #[arg(long, conflicts_with_all = ["threads", "rank", "ranks", "numa_mode", "numa_node", "physical_cores"])]
    scaling: bool,

    /// Numbers of threads, 1 to 4096, for --scaling [default: powers of two, the physical cores, and all]
    #[arg(long, value_name = "N", value_parser = values::number("threads list", 1, MAX_THREADS), value_delimiter = ',', allow_hyphen_values = true, requires = "scaling")]
    threads_list: Vec<usize>,

    #[command(flatten)]
    ranks: RankArgs,

    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    run: RunArgs,

    #[command(flatten)]
    replace: ReplaceArgs,
}

/// All cases of a run, and the machine they ran on.
#[derive(Serialize)]
struct FillReport {
    version: &'static str,
    build: &'static str,
    cpu_model: Option<String>,
    kernel: &'static str,
    rounds: usize,
    ranks: Option<RanksReport>,
    placement: PlacementReport,
    cases: Vec<Case>,
    fill_at: Vec<LatencyCase>,
    warnings: Vec<String>,
}

pub(crate) fn run(args: &FillArgs) -> Result<Exit> {
    if args.scaling {
        return scaling(args);
    }
    let kernel = Kernel::selected()?;
    let team = args.place.team(args.run.threads)?;
    let all = team.threads();
    let buffers = buffers(&args.buffer_size)?;
    let recipes = recipes(args)?;
    let share = args.ranks.share()?;
    let json = args.run.json.of(share.as_ref())?.json;
    let output = Output::open(json.as_deref(), &mut Guard::new([], args.replace.force))?;
    let abandon = |_| complain(&format!("error: {}", interrupted()));
    let how = Follow { verb: "filled", total: None, abandon: Some(&abandon) };
    let (cases, fill_at) = follow(&how, |watch| -> Result<_> {
        let mut cases = Vec::new();
        let mut fill_at = Vec::new();
        let streams: Vec<Stream> = recipes.iter().map(|recipe| Stream::with_kernel(recipe, kernel)).collect();
        for &buffer in &buffers {
            // Shorter buffers are filled by the calling thread alone.
            let threads = if all > 1 && buffer >= PARALLEL_FROM { vec![1, all] } else { vec![1] };
            for threads in threads {
                cases.extend(cases::cases(&streams, buffer, &team.with_threads(threads), args.rounds, watch)?);
            }
        }
        for stream in &streams {
            fill_at.extend(latency::cases(stream, watch)?);
        }
        Ok((cases, fill_at))
    })?;
    let warnings = cases.iter().filter(|case| case.exceeds_limit()).map(warning).collect();
    let report = FillReport {
        version: env!("CARGO_PKG_VERSION"),
        build: BUILD,
        cpu_model: dgen::topology::Topology::read().cpu_model,
        kernel: kernel.name(),
        rounds: args.rounds,
        ranks: share.map(|share| share.report(false, None, None)),
        placement: team.report(),
        cases,
        fill_at,
        warnings,
    };
    warn(&report.warnings);
    output.report(&report, &text(&report))?;
    Ok(Exit::Done)
}

/// With a growing number of threads.
fn scaling(args: &FillArgs) -> Result<Exit> {
    let recipes = recipes(args)?;
    let buffers = if args.buffer_size.is_empty() { Vec::new() } else { buffers(&args.buffer_size)? };
    let output = Output::open(args.run.json.json.as_deref(), &mut Guard::new([], args.replace.force))?;
    // Efficiency is that beside the fewest.
    let mut threads = args.threads_list.clone();
    threads.sort_unstable();
    threads.dedup();
    let plan = scaling::Plan { recipes: &recipes, buffers: &buffers, threads: &threads, rounds: args.rounds };
    let how = Follow { verb: "filled", total: None, abandon: None };
    let report = follow(&how, |watch| scaling::run(&plan, watch))?;
    output.report(&report, &scaling::text(&report))?;
    Ok(Exit::Done)
}

fn buffers(asked: &[u64]) -> Result<Vec<usize>> {
    let beyond = (4 * last_level_bytes(MAX_THREADS)).min(BEYOND);
    let default = [256 << 10, beyond.next_multiple_of(1 << 20)];
    let check = |&size: &u64| {
        let fits = usize::try_from(size).ok().filter(|_| (4096..=MAX_BUFFER).contains(&size));
        fits.ok_or_else(|| Error::invalid("buffer size", exact_size(size), "4 KiB to 16 GiB"))
    };
    if asked.is_empty() { &default[..] } else { asked }.iter().map(check).collect()
}

fn recipes(args: &FillArgs) -> Result<Vec<Recipe>> {
    let or_one = |list: &[Ratio]| if list.is_empty() { vec![Ratio::ONE] } else { list.to_vec() };
    let mut recipes = Vec::new();
    for dedup in or_one(&args.dedup_ratio) {
        for compress in or_one(&args.compress_ratio) {
            let builder = Recipe::builder().seed(args.seed).dedup(dedup).compress(compress);
            recipes.push(args.block_size.map_or(builder.clone(), |size| builder.block_size(size)).build()?);
        }
    }
    recipes.extend(&args.recipe);
    Ok(recipes)
}

/// What is said of a case whose fill passed its limit.
fn warning(case: &Case) -> String {
    let (buffer, threads) = (exact_size(case.buffer), case.threads);
    format!("{buffer}, {threads} threads: the fill passed every loop of stores, so these are no limit here")
}

fn text(report: &FillReport) -> Text {
    let mut text = Text::default();
    let model = report.cpu_model.as_deref().unwrap_or("unknown processor");
    text.line(format!("{model}, kernel {}, {} build", report.kernel, report.build));
    if report.placement.placed {
        text.line(report.placement.summary());
    }
    if let Some(ranks) = &report.ranks {
        text.line(facts::ranks(ranks));
    }
    text.table(TextTable {
        names: names(["buffer", "threads", "fill", "store limit", "by", "ratio (95 %)", "recipe"]),
        rows: report.cases.iter().map(cells).collect(),
        left: vec![4, 5, 6],
    });
    let fill_at = |case: &LatencyCase| {
        let [mean, best] = [case.mean_ns, case.best_mean_ns].map(|ns| format!("{ns:.0} ns"));
        vec![exact_size(case.bytes), mean, best, case.recipe.to_string()]
    };
    text.table(TextTable {
        names: names(["fill_at", "mean", "best", "recipe"]),
        rows: report.fill_at.iter().map(fill_at).collect(),
        left: vec![3],
    });
    text
}

fn cells(case: &Case) -> Vec<String> {
    let [fill, limit] = [case.bytes_per_s, case.limit_bytes_per_s].map(human_rate);
    let ([low, high], way) = (case.ratio_interval, format!("{:?}", case.limit_loop).to_lowercase());
    let ratio = format!("{:.3} ({low:.3}-{high:.3})", case.ratio_to_limit);
    vec![exact_size(case.buffer), case.threads.to_string(), fill, limit, way, ratio, case.recipe.to_string()]
}
