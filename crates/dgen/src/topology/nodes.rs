//! Memory nodes: their processors, their memory in bytes and the distances between them.

use super::{IdSet, tree::Tree};
use serde::Serialize;

const NODE: &str = "sys/devices/system/node";

/// The distance the firmware convention gives a node to itself.
const LOCAL_DISTANCE: u32 = 10;

/// An online memory node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Node {
    /// The kernel's number of the node; numbers may have gaps.
    pub id: u32,
    /// Online processors of the node; none on memory expanders.
    pub cpus: IdSet,
    /// Memory of the node in bytes: 0 when it has none, absent when the kernel does not say.
    pub memory_total_bytes: Option<u64>,
    /// Unused memory of the node in bytes at the time of reading; excludes caches that could be dropped.
    pub memory_free_bytes: Option<u64>,
    /// Relative access costs from this node; empty when the kernel does not say.
    pub distances: Vec<Distance>,
}

/// The relative cost of reaching memory of another node; 10 is local.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Distance {
    /// The node that holds the memory.
    pub node: u32,
    /// Its cost, as the firmware states it.
    pub distance: u32,
}

impl Node {
    /// Whether the node has memory; a node of unknown memory counts as having some.
    pub fn has_memory(&self) -> bool {
        self.memory_total_bytes != Some(0)
    }

    /// Whether the node has neither processors nor memory.
    pub fn is_empty(&self) -> bool {
        self.cpus.is_empty() && !self.has_memory()
    }
}

/// The online nodes; without any, one node 0 that holds every processor and all memory.
pub(super) fn read(tree: &Tree, online_cpus: &IdSet) -> Vec<Node> {
    let listed = tree.ids(&format!("{NODE}/online")).unwrap_or_default();
    let ids = if listed.is_empty() { tree.numbered(NODE, "node") } else { listed };
    let nodes: Vec<Node> = ids.iter().map(|id| read_one(tree, id, &ids, online_cpus)).collect();
    if nodes.iter().any(|node| !node.cpus.is_empty()) {
        return nodes;
    }
    // Some processor runs this code, so a tree without one on any node says nothing about the nodes.
    let (memory_total_bytes, memory_free_bytes) = memory(tree, "proc/meminfo");
    let distances = vec![Distance { node: 0, distance: LOCAL_DISTANCE }];
    vec![Node { id: 0, cpus: online_cpus.clone(), memory_total_bytes, memory_free_bytes, distances }]
}

/// Whether node 0 is the only one, or none is shown, as far as one file tells; all of the topology takes longer.
pub(super) fn is_uniform(tree: &Tree) -> bool {
    tree.text(&format!("{NODE}/online")).is_none_or(|text| text.trim() == "0")
}

fn read_one(tree: &Tree, id: u32, ids: &IdSet, online_cpus: &IdSet) -> Node {
    let folder = format!("{NODE}/node{id}");
    let cpus = tree.ids(&format!("{folder}/cpulist")).unwrap_or_default().intersection(online_cpus);
    let (memory_total_bytes, memory_free_bytes) = memory(tree, &format!("{folder}/meminfo"));
    let distances = distances(tree, &format!("{folder}/distance"), ids);
    Node { id, cpus, memory_total_bytes, memory_free_bytes, distances }
}

/// Nodes that are possible but not among `online`.
pub(super) fn offline(tree: &Tree, online: &[Node]) -> IdSet {
    let possible = tree.ids(&format!("{NODE}/possible")).unwrap_or_default();
    possible.difference(&online.iter().map(|node| node.id).collect())
}

/// Total and free memory in bytes.
fn memory(tree: &Tree, path: &str) -> (Option<u64>, Option<u64>) {
    let Some(text) = tree.text(path) else { return (None, None) };
    let field = |name: &str| {
        let line = text.lines().find_map(|line| Some(line.split_once(name)?.1))?;
        let count: u64 = tree.parsed(path, line.trim().trim_end_matches("kB").trim_end())?;
        count.checked_mul(1024)
    };
    (field("MemTotal:"), field("MemFree:"))
}

/// The kernel lists one distance for each online node, in order of id.
fn distances(tree: &Tree, path: &str, ids: &IdSet) -> Vec<Distance> {
    let Some(text) = tree.text(path) else { return Vec::new() };
    let costs: Option<Vec<u32>> = text.split_whitespace().map(|cost| tree.parsed(path, cost)).collect();
    match costs {
        Some(costs) if costs.len() == ids.len() => {
            ids.iter().zip(costs).map(|(node, distance)| Distance { node, distance }).collect()
        }
        _ => Vec::new(),
    }
}
