//! The report of `dgen bench numa`.

use dgen::Recipe;
use dgen::topology::IdSet;
use dgen::units::exact_size;
use serde::Serialize;

use super::plan::NodePlan;
use crate::bench::process::{Placed, Span};
use crate::display::lines::{Text, row};
use crate::report::words::{count, human_rate, human_size};

/// All cases of a run, and the machine they ran on.
#[derive(Serialize)]
pub(super) struct NumaReport {
    pub(super) version: &'static str,
    pub(super) build: &'static str,
    pub(super) cpu_model: Option<String>,
    pub(super) kernel: &'static str,
    /// Processes that ran at the same time, one per node.
    pub(super) processes: usize,
    pub(super) physical_only: bool,
    /// Bytes of each case over all nodes.
    pub(super) size: u64,
    /// Bytes of the buffer that each process fills over and over.
    pub(super) buffer: u64,
    pub(super) physical_cores: usize,
    pub(super) logical_cpus: usize,
    pub(super) nodes: Vec<NodeFacts>,
    /// Plain stores, by the same processes.
    pub(super) store_limit: Rates,
    pub(super) cases: Vec<Case>,
    pub(super) warnings: Vec<String>,
}

/// A node and its process.
#[derive(Serialize)]
pub(super) struct NodeFacts {
    node: u32,
    cpus: IdSet,
    physical_cores: usize,
    logical_cpus: usize,
    threads: usize,
    /// What became of threads and memory.
    placement: String,
    /// Pages of the buffer that were looked at, and those of them that lie on the node; absent where the system does not say.
    pages_sampled: Option<u64>,
    pages_on_node: Option<u64>,
}

/// One pair of ratios.
#[derive(Serialize)]
pub(super) struct Case {
    recipe: String,
    dedup_ratio: f64,
    compress_ratio: f64,
    #[serde(flatten)]
    rates: Rates,
    ratio_to_limit: f64,
}

/// What one job of all processes came to.
#[derive(Serialize)]
pub(super) struct Rates {
    pub(super) bytes: u64,
    /// From the first begin to the last end.
    pub(super) elapsed_ns: u64,
    /// From the first begin to the last begin.
    pub(super) start_skew_ns: u64,
    pub(super) slowest_node: u32,
    pub(super) bytes_per_s: f64,
    pub(super) bytes_per_s_per_physical_core: f64,
    pub(super) bytes_per_s_per_logical_cpu: f64,
    pub(super) nodes: Vec<NodeRate>,
}

/// What one process did.
#[derive(Serialize)]
pub(super) struct NodeRate {
    node: u32,
    bytes: u64,
    elapsed_ns: u64,
    bytes_per_s: f64,
}

impl NodeFacts {
    pub(super) fn new(plan: &NodePlan, placed: &Placed) -> Self {
        Self {
            node: plan.node,
            cpus: plan.cpus.clone(),
            physical_cores: plan.physical_cores,
            logical_cpus: plan.cpus.len(),
            threads: plan.threads,
            placement: placed.summary.clone(),
            pages_sampled: placed.local_pages.map(|(_, sampled)| sampled),
            pages_on_node: placed.local_pages.map(|(local, _)| local),
        }
    }
}

impl Case {
    /// A recipe's rates, beside those of plain stores.
    pub(super) fn new(recipe: &Recipe, rates: Rates, stores: &Rates) -> Self {
        Self {
            recipe: recipe.to_string(),
            dedup_ratio: recipe.dedup_ratio().as_f64(),
            compress_ratio: recipe.compress_ratio().as_f64(),
            ratio_to_limit: rates.bytes_per_s / stores.bytes_per_s,
            rates,
        }
    }
}

impl Rates {
    /// Of processes that did `bytes` each.
    pub(super) fn new(plans: &[NodePlan], bytes: u64, spans: &[Span]) -> Self {
        let first = spans.iter().map(|span| span.begin_ns).min().unwrap_or(0);
        let last_begin = spans.iter().map(|span| span.begin_ns).max().unwrap_or(0);
        let end = spans.iter().map(|span| span.end_ns).max().unwrap_or(0);
        let nodes = plans.iter().zip(spans).map(|(plan, span)| {
            let elapsed_ns = span.end_ns.saturating_sub(span.begin_ns).max(1);
            NodeRate { node: plan.node, bytes, elapsed_ns, bytes_per_s: rate(bytes, elapsed_ns) }
        });
        let nodes: Vec<NodeRate> = nodes.collect();
        let slowest_node = nodes.iter().max_by_key(|node| node.elapsed_ns).map_or(0, |node| node.node);
        let (all, elapsed_ns) = (bytes * plans.len() as u64, end.saturating_sub(first).max(1));
        let bytes_per_s = rate(all, elapsed_ns);
        let cores: usize = plans.iter().map(|plan| plan.physical_cores).sum();
        let cpus: usize = plans.iter().map(|plan| plan.cpus.len()).sum();
        Self {
            bytes: all,
            elapsed_ns,
            start_skew_ns: last_begin - first,
            slowest_node,
            bytes_per_s,
            bytes_per_s_per_physical_core: bytes_per_s / cores.max(1) as f64,
            bytes_per_s_per_logical_cpu: bytes_per_s / cpus.max(1) as f64,
            nodes,
        }
    }
}

fn rate(bytes: u64, elapsed_ns: u64) -> f64 {
    bytes as f64 * 1e9 / elapsed_ns as f64
}

pub(super) fn text(report: &NumaReport) -> Text {
    let mut text = Text::default();
    let model = report.cpu_model.as_deref().unwrap_or("unknown processor");
    row(&mut text, "processor", format_args!("{model}, kernel {}, {} build", report.kernel, report.build));
    let (nodes, cores) = (report.nodes.len() as u64, report.physical_cores as u64);
    let of = format!("{}, {}", count(nodes, "node"), count(cores, "physical core"));
    let mode = if report.physical_only { "one processor of each core" } else { "all processors of each core" };
    row(&mut text, "machine", format_args!("{of}, {}; {mode}", count(report.logical_cpus as u64, "processor")));
    let processes = match report.processes {
        1 => "1 process: there is one node to run on".to_owned(),
        more => format!("{more} processes, one per node, at the same time"),
    };
    row(&mut text, "processes", processes);
    let per_node = human_size(report.size / nodes.max(1));
    row(
        &mut text,
        "size",
        format_args!(
            "{} per case, {per_node} per node, buffers of {}",
            human_size(report.size),
            exact_size(report.buffer)
        ),
    );
    for node in &report.nodes {
        row(&mut text, &format!("node {}", node.node), about(node));
    }
    rates(&mut text, "plain stores", &report.store_limit, None);
    for case in &report.cases {
        let name = format!("dedup {}, compress {}", case.dedup_ratio, case.compress_ratio);
        rates(&mut text, &name, &case.rates, Some(case.ratio_to_limit));
    }
    text
}

fn about(node: &NodeFacts) -> String {
    let pages = match (node.pages_on_node, node.pages_sampled) {
        (Some(local), Some(sampled)) => format!("{local} of {sampled} sampled pages on the node"),
        _ => "the system does not say where its pages lie".into(),
    };
    let threads = count(node.threads as u64, "thread");
    format!("processors {}, {threads}; {}; {pages}", node.cpus, node.placement)
}

fn rates(text: &mut Text, name: &str, rates: &Rates, to_limit: Option<f64>) {
    text.heading(name);
    let seconds = |ns: u64| ns as f64 / 1e9;
    let slowest = format!("slowest: node {}", rates.slowest_node);
    row(text, "  duration", format_args!("{:.3} s ({slowest})", seconds(rates.elapsed_ns)));
    let share = to_limit.map_or(String::new(), |ratio| format!(", {ratio:.3} of plain stores"));
    row(text, "  together", format_args!("{}{share}", human_rate(rates.bytes_per_s)));
    row(text, "  per core", human_rate(rates.bytes_per_s_per_physical_core));
    row(text, "  per cpu", human_rate(rates.bytes_per_s_per_logical_cpu));
    for node in &rates.nodes {
        let line = format_args!("{:.3} s, {}", seconds(node.elapsed_ns), human_rate(node.bytes_per_s)).to_string();
        row(text, &format!("  node {}", node.node), line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(node: u32, cpus: &str, physical_cores: usize) -> NodePlan {
        let cpus: IdSet = cpus.parse().unwrap();
        NodePlan { node, threads: cpus.len(), cpus, physical_cores }
    }

    #[test]
    fn the_aggregate_lasts_from_the_first_begin_to_the_last_end() {
        let plans = [plan(0, "0-3", 2), plan(7, "4-7", 2)];
        let spans = [Span { begin_ns: 100, end_ns: 1100 }, Span { begin_ns: 300, end_ns: 2100 }];
        let rates = Rates::new(&plans, 1000, &spans);
        assert_eq!((rates.bytes, rates.elapsed_ns, rates.start_skew_ns, rates.slowest_node), (2000, 2000, 200, 7));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6 * b, "{a} {b}");
        close(rates.bytes_per_s, 1e9);
        close(rates.bytes_per_s_per_physical_core, 1e9 / 4.0);
        close(rates.bytes_per_s_per_logical_cpu, 1e9 / 8.0);
        close(rates.nodes[0].bytes_per_s, 1e9);
        close(rates.nodes[1].bytes_per_s, 1000.0 / 1.8e-6);
    }
}
