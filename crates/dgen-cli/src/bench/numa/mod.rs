//! `dgen bench numa`: one bound process per memory node, all at the same time, and what they come to together.

mod plan;
mod report;

use std::time::Duration;

use clap::Args;
use dgen::driver::MAX_THREADS;
use dgen::kernel::StoreLoop;
use dgen::recipe::{MAX_COMPRESS, MAX_DEDUP};
use dgen::topology::Topology;
use dgen::units::{PAGE, exact_size};
use dgen::{Error, Kernel, Ratio, Recipe, Result};
use dgen_io::Watch;

use crate::args::{JsonArgs, ReplaceArgs, values};
use crate::bench::process::{Crew, Job, Seat, Work};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::launch::BUILD;
use crate::output::{Output, warn};
use crate::progress::{Follow, follow};
use plan::{NodePlan, Wishes};
use report::{Case, NodeFacts, NumaReport, Rates};

/// Share of a case's bytes that plain stores move, for comparison.
const STORES: u64 = 4;
/// Largest buffer of a process.
const MAX_BUFFER: u64 = 16 << 30;

#[derive(Args, Debug)]
pub(crate) struct NumaArgs {
    /// Memory nodes, each of which gets a process; may be repeated [default: all that have processors]
    #[arg(long, value_name = "N", value_parser = values::number("nodes", 0, u32::MAX as usize), value_delimiter = ',', allow_hyphen_values = true)]
    nodes: Vec<usize>,

    /// Use one processor of each physical core
    #[arg(long, visible_alias = "physical-cores")]
    physical_only: bool,

    /// Bytes of each case, over all nodes
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), default_value = "64GiB", allow_hyphen_values = true)]
    size: u64,

    /// Buffer that each process fills over and over
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("buffer size"), default_value = "64MiB", allow_hyphen_values = true)]
    buffer_size: u64,

    /// Dedup ratios, each with every compress ratio [default: 1 and 2]
    #[arg(long, value_name = "R", value_parser = values::ratio("dedup ratio", MAX_DEDUP), value_delimiter = ',', allow_hyphen_values = true)]
    dedup_ratio: Vec<Ratio>,

    /// Compress ratios, each with every dedup ratio [default: 1 and 2]
    #[arg(long, value_name = "R", value_parser = values::ratio("compress ratio", MAX_COMPRESS), value_delimiter = ',', allow_hyphen_values = true)]
    compress_ratio: Vec<Ratio>,

    /// Seed
    #[arg(long, value_name = "N", value_parser = values::seed("seed"), default_value = "1", allow_hyphen_values = true)]
    seed: u64,

    /// How long a process may give no sign of life before that is an error
    #[arg(long, value_name = "TIME", value_parser = values::duration("patience"), default_value = "60s", allow_hyphen_values = true)]
    patience: Duration,

    /// Threads of each process, 1 to 4096 [default: its processors, or the node's part of the quota]
    #[arg(long, visible_alias = "max-threads", value_name = "N", value_parser = values::number("threads", 1, MAX_THREADS), allow_hyphen_values = true, help_heading = "Running")]
    threads: Option<usize>,

    #[command(flatten)]
    json: JsonArgs,

    #[command(flatten)]
    replace: ReplaceArgs,
}

pub(crate) fn run(args: &NumaArgs) -> Result<Exit> {
    let kernel = Kernel::selected()?;
    let topology = Topology::read();
    let nodes = asked(args)?;
    let wishes = Wishes { nodes: &nodes, physical_only: args.physical_only, threads: args.threads };
    let (plans, mut warnings) = plan::plan(&topology, &wishes)?;
    let bytes = per_node(args, plans.len())?;
    let buffer = buffer(args)?;
    let recipes = recipes(args)?;
    let output = Output::open(args.json.json.as_deref(), &mut Guard::new([], args.replace.force))?;
    let nodes = plans.len() as u64;
    let loops = StoreLoop::available(kernel).len() as u64;
    let total = nodes * (bytes * recipes.len() as u64 + loops * stores(bytes));
    let how = Follow { verb: "generated", total: Some(total), abandon: None };
    let seats: Vec<Seat> = plans.iter().map(NodePlan::seat).collect();
    let (placed, store_limit, cases) = follow(&how, |watch| -> Result<_> {
        let mut crew = Crew::start(&seats, buffer, args.patience)?;
        let placed = crew.placed(watch)?;
        let limit = fastest_stores(&mut crew, &plans, kernel, stores(bytes), watch)?;
        let mut cases = Vec::new();
        for recipe in &recipes {
            let rates = measure(&mut crew, &plans, &Work::Fill(recipe.to_string()), bytes, watch)?;
            cases.push(Case::new(recipe, rates, &limit));
        }
        Ok((placed, limit, cases))
    })?;
    warnings.extend(placed.iter().flat_map(|placed| placed.warnings.clone()));
    let report = NumaReport {
        version: env!("CARGO_PKG_VERSION"),
        build: BUILD,
        cpu_model: topology.cpu_model,
        kernel: kernel.name(),
        processes: plans.len(),
        physical_only: args.physical_only,
        size: bytes * nodes,
        buffer: buffer as u64,
        physical_cores: plans.iter().map(|plan| plan.physical_cores).sum(),
        logical_cpus: plans.iter().map(|plan| plan.cpus.len()).sum(),
        nodes: plans.iter().zip(&placed).map(|(plan, placed)| NodeFacts::new(plan, placed)).collect(),
        store_limit,
        cases,
        warnings,
    };
    warn(&report.warnings);
    output.report(&report, &report::text(&report))?;
    Ok(Exit::Done)
}

fn asked(args: &NumaArgs) -> Result<Vec<u32>> {
    let bad = |node: &usize| Error::invalid("nodes", node, "ids of nodes");
    args.nodes.iter().map(|node| u32::try_from(*node).map_err(|_| bad(node))).collect()
}

/// The buffer of each process: whole pages.
fn buffer(args: &NumaArgs) -> Result<usize> {
    let size = usize::try_from(args.buffer_size).ok().filter(|_| (4096..=MAX_BUFFER).contains(&args.buffer_size));
    let bad = || Error::invalid("buffer size", exact_size(args.buffer_size), "4 KiB to 16 GiB");
    Ok(size.ok_or_else(bad)?.next_multiple_of(PAGE))
}

/// The bytes of each process in each case: whole pages.
fn per_node(args: &NumaArgs, nodes: usize) -> Result<u64> {
    let page = PAGE as u64;
    let bytes = args.size / nodes as u64 / page * page;
    let least = exact_size(nodes as u64 * page);
    if bytes == 0 {
        return Err(Error::invalid("size", exact_size(args.size), &format!("{least} (a page per node) or more")));
    }
    if bytes.checked_mul(nodes as u64).is_none_or(|all| all > 1 << 60) {
        return Err(Error::invalid("size", exact_size(args.size), "up to 1 EiB"));
    }
    Ok(bytes)
}

fn stores(bytes: u64) -> u64 {
    let page = PAGE as u64;
    (bytes / STORES).next_multiple_of(page)
}

/// The rates of the fastest loop of stores.
fn fastest_stores(crew: &mut Crew, plans: &[NodePlan], kernel: Kernel, bytes: u64, watch: Watch<'_>) -> Result<Rates> {
    let mut fastest: Option<Rates> = None;
    for &way in StoreLoop::available(kernel) {
        let rates = measure(crew, plans, &Work::Stores(way), bytes, watch)?;
        if fastest.as_ref().is_none_or(|known| known.bytes_per_s < rates.bytes_per_s) {
            fastest = Some(rates);
        }
    }
    Ok(fastest.expect("every kernel has a loop"))
}

/// One measurement by all processes, each of its own part of the stream.
fn measure(crew: &mut Crew, plans: &[NodePlan], work: &Work, bytes: u64, watch: Watch<'_>) -> Result<Rates> {
    let job = |part: usize| Job { work: work.clone(), offset: part as u64 * bytes, bytes };
    let jobs: Vec<Job> = (0..plans.len()).map(job).collect();
    let spans = crew.run(&jobs, watch)?;
    Ok(Rates::new(plans, bytes, &spans))
}

fn recipes(args: &NumaArgs) -> Result<Vec<Recipe>> {
    let or_both = |list: &[Ratio]| -> Result<Vec<Ratio>> {
        if list.is_empty() { Ok(vec![Ratio::ONE, Ratio::parse("ratio", "2", MAX_DEDUP)?]) } else { Ok(list.to_vec()) }
    };
    let mut recipes = Vec::new();
    for compress in or_both(&args.compress_ratio)? {
        for dedup in or_both(&args.dedup_ratio)? {
            recipes.push(Recipe::builder().seed(args.seed).dedup(dedup).compress(compress).build()?);
        }
    }
    Ok(recipes)
}
