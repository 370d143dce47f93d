//! `dgen info`.

use std::path::Path;

use dgen::placement::{Placement, PlacementReport};
use dgen::topology::{Node, Topology};
use dgen::{Kernel, Result, System};
use dgen_io::{FolderCapabilities, folder_capabilities, io_uring_allowed};
use serde::Serialize;

use super::expected::Expected;
use crate::args::InfoArgs;
use crate::display::lines::{Text, row};
use crate::exit::Exit;
use crate::guard::Guard;
use crate::output::{Output, warn};
use crate::report::words::human_size;

/// What this machine offers. Made by [`info`].
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Info {
    /// Version of the command.
    pub version: &'static str,
    /// The format of the recipes that it makes.
    pub recipe_format: &'static str,
    /// Kernels that this processor can run.
    pub kernels: Vec<&'static str>,
    /// The kernel in use.
    pub kernel: &'static str,
    /// Threads unless told otherwise.
    pub threads: usize,
    /// Whether this process may use io_uring.
    pub io_uring: bool,
    /// Why it may not.
    pub io_uring_reason: Option<String>,
    /// What the current folder's file system can do.
    pub folder: FolderCapabilities,
    /// Where threads run and memory comes from unless told otherwise.
    pub placement: PlacementReport,
    /// Processors, caches, memory nodes, limits.
    pub topology: Topology,
}

/// Looks at the machine and the current folder.
///
/// # Errors
/// A forced kernel or thread count that cannot be had, or a folder that cannot be looked at.
pub fn info() -> Result<Info> {
    let io_uring_reason = io_uring_allowed().err();
    Ok(Info {
        version: env!("CARGO_PKG_VERSION"),
        recipe_format: dgen::recipe::FORMAT,
        kernels: Kernel::available().into_iter().map(Kernel::name).collect(),
        kernel: Kernel::selected()?.name(),
        threads: dgen::driver::default_threads()?,
        io_uring: io_uring_reason.is_none(),
        io_uring_reason,
        folder: folder_capabilities(Path::new("."))?,
        placement: Placement::auto().report(dgen::driver::default_threads()?),
        topology: Topology::read(),
    })
}

/// A system that `--for` makes data for.
#[derive(Serialize)]
struct Target {
    name: String,
    description: &'static str,
    dedups: bool,
    largest_compress_ratio: f64,
}

/// The systems that `--for` makes data for.
fn targets() -> Vec<Target> {
    let target = |system: System| Target {
        name: system.name().to_owned(),
        description: system.description(),
        dedups: system.dedups(),
        largest_compress_ratio: system.largest(),
    };
    System::all().map(target).collect()
}

pub(crate) fn run(args: &InfoArgs) -> Result<Exit> {
    let mut guard = Guard::new([], args.replace.force);
    let output = Output::open(args.json.json.as_deref(), &mut guard)?;
    if args.systems {
        let (targets, mut text) = (targets(), Text::default());
        for target in &targets {
            let largest = target.largest_compress_ratio;
            let dedups = if target.dedups { "finds duplicates" } else { "finds no duplicates by itself" };
            row(
                &mut text,
                &format!("{:<16}", target.name),
                format_args!("{}; {dedups}; compress ratio up to {largest:.2}", target.description),
            );
        }
        output.report(&targets, &text)?;
        return Ok(Exit::Done);
    }
    if let Some(recipe) = args.recipe {
        let expected = Expected::of(recipe);
        output.report(&expected, &expected.text())?;
        return Ok(Exit::Done);
    }
    let info = info()?;
    warn(&info.topology.warnings);
    output.report(&info, &text(&info))?;
    Ok(Exit::Done)
}

fn text(info: &Info) -> Text {
    let mut text = Text::default();
    let topology = &info.topology;
    row(&mut text, "dgen", format_args!("{}, recipe format {}", info.version, info.recipe_format));
    row(&mut text, "processor", topology.cpu_model.as_deref().unwrap_or("unknown"));
    let kernels = info.kernels.join(", ");
    row(&mut text, "kernel", format_args!("{} (of {kernels}; DGEN_KERNEL forces one)", info.kernel));
    let (logical, cores) = (topology.logical_cpus, topology.physical_cores);
    let (packages, nodes) = (topology.packages, topology.num_nodes);
    row(
        &mut text,
        "topology",
        format_args!("{logical} processors, {cores} cores, {packages} packages, {nodes} memory nodes"),
    );
    for level in 1..=4 {
        if let Some(size) = topology.cache(level).and_then(|cache| cache.size_bytes) {
            row(&mut text, &format!("L{level} cache"), human_size(size));
        }
    }
    for node in &topology.nodes {
        row(&mut text, &format!("node {}", node.id), of_node(node));
    }
    if !topology.offline_nodes.is_empty() {
        row(&mut text, "offline nodes", &topology.offline_nodes);
    }
    let limits = &topology.limits;
    row(&mut text, "threads", format_args!("{} by default; may run on processors {}", info.threads, limits.cpus));
    if let Some(quota) = limits.quota {
        row(&mut text, "quota", format_args!("{} us in every {} us", quota.quota_us, quota.period_us));
    }
    if let Some(nodes) = &limits.memory_nodes {
        row(&mut text, "memory from", format_args!("nodes {nodes}"));
    }
    row(&mut text, "placement", info.placement.summary());
    let io_uring = info.io_uring_reason.as_ref().map_or_else(|| "yes".into(), |why| format!("no: {why}"));
    row(&mut text, "io_uring", io_uring);
    folder(&mut text, &info.folder);
    text
}

/// A node's processors, memory and distances.
fn of_node(node: &Node) -> String {
    let cpus = if node.cpus.is_empty() { "no processors".into() } else { format!("processors {}", node.cpus) };
    let memory = match (node.memory_total_bytes, node.memory_free_bytes) {
        (None, _) => "memory unknown".into(),
        (Some(0), _) => "no memory".into(),
        (Some(total), None) => format!("memory {}", human_size(total)),
        (Some(total), Some(free)) => format!("memory {}, {} free", human_size(total), human_size(free)),
    };
    let others = node.distances.iter().filter(|distance| distance.node != node.id);
    let distances: Vec<String> = others.map(|to| format!("{} to node {}", to.distance, to.node)).collect();
    let distances = if distances.is_empty() { String::new() } else { format!(", distance {}", distances.join(", ")) };
    format!("{cpus}, {memory}{distances}")
}

fn folder(text: &mut Text, folder: &FolderCapabilities) {
    if !folder.writable {
        row(text, "this folder", "not writable, so not examined");
        return;
    }
    let reason = folder.direct_reason.as_deref().unwrap_or("unknown");
    let direct =
        folder.direct_alignment.map_or_else(|| format!("no: {reason}"), |by| format!("yes, aligned to {by} bytes"));
    row(text, "direct I/O", format_args!("{direct} (in this folder)"));
    let attributes = if folder.attributes == Some(true) { "yes" } else { "no" };
    row(text, "attributes", format_args!("{attributes} (in this folder)"));
}
