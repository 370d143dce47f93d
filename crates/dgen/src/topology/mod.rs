//! Processors, caches and memory nodes of this machine, read from `/sys` and `/proc`; sizes in bytes.
//!
//! Reading never fails: what a kernel, container or virtual machine does not show is left out or replaced by a
//! documented rule, and what it shows in a form that cannot be understood is named in `warnings`.
//! Every reader takes a root folder, so that tests and bug reports can replay the tree of another machine.

mod caches;
mod cores;
mod deployment;
mod idset;
mod limits;
mod nodes;
mod tree;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;

pub(crate) use caches::CoreCache;
pub use caches::{Cache, CacheKind};
pub use cores::Core;
pub use deployment::DeploymentType;
pub use idset::IdSet;
pub(crate) use limits::affinity;
pub use limits::{CpuQuota, Limits, MemoryRoom};
pub use nodes::{Distance, Node};

use serde::Serialize;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use tree::Tree;

/// What the machine consists of, and how much of it this process may use.
///
/// ```
/// let topology = dgen::topology::Topology::read();
/// assert!(topology.logical_cpus >= 1);
/// assert!(topology.limits.effective_threads() >= 1);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Topology {
    /// Marketing name of the processor, or its implementer and part numbers where it has none.
    pub cpu_model: Option<String>,
    /// A guess at where the process runs; see [`DeploymentType`] for the rule.
    pub deployment_type: DeploymentType,
    /// Number of online logical processors, at least 1.
    pub logical_cpus: usize,
    /// Number of physical cores with an online processor, at least 1.
    pub physical_cores: usize,
    /// Number of processor packages (sockets), at least 1.
    pub packages: usize,
    /// Number of online nodes that have processors or memory, at least 1.
    pub num_nodes: usize,
    /// Whether there is a single such node, so that placement has no effect.
    pub is_uma: bool,
    /// Ids of the online logical processors.
    pub cpus: IdSet,
    /// Physical cores, in order of their first processor.
    pub cores: Vec<Core>,
    /// Data and unified caches, by level and first processor.
    pub caches: Vec<Cache>,
    /// Online nodes by ascending id, empty ones included.
    pub nodes: Vec<Node>,
    /// Nodes the kernel could bring online but has not; on many machines only spare ids.
    pub offline_nodes: IdSet,
    /// What this process may use.
    pub limits: Limits,
    /// What could not be understood, one line each; empty on an ordinary machine.
    pub warnings: Vec<String>,
}

/// Whether the running machine has node 0 alone; looked up once, as nodes do not come and go while a process runs.
pub(crate) fn is_uniform() -> bool {
    const UNIFORM: u8 = 1;
    const SEVERAL: u8 = 2;
    /// 0 before the first look.
    static KNOWN: AtomicU8 = AtomicU8::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            let known = nodes::is_uniform(&Tree::live());
            KNOWN.store(if known { UNIFORM } else { SEVERAL }, Ordering::Relaxed);
            known
        }
        known => known == UNIFORM,
    }
}

impl Topology {
    /// Reads the topology of the running machine; takes some milliseconds, more on machines with hundreds of CPUs.
    pub fn read() -> Self {
        Self::collect(&Tree::live())
    }

    /// Reads the topology from the `sys` and `proc` folders below `root`, asking the kernel nothing else.
    pub fn from_root(root: &Path) -> Self {
        Self::collect(&Tree::new(root))
    }

    fn collect(tree: &Tree) -> Self {
        let cpus = cores::online_cpus(tree);
        let cores = cores::read(tree, &cpus);
        let caches = caches::read(tree, &cpus);
        let nodes = nodes::read(tree, &cpus);
        let offline_nodes = nodes::offline(tree, &nodes);
        let limits = Limits::collect(tree);
        let num_nodes = nodes.iter().filter(|n| !n.is_empty()).count().max(1);
        Self {
            cpu_model: cores::cpu_model(tree),
            deployment_type: deployment::guess(tree),
            logical_cpus: cpus.len(),
            physical_cores: cores.len(),
            packages: cores::count_packages(&cores),
            num_nodes,
            is_uma: num_nodes == 1,
            cpus,
            cores,
            caches,
            nodes,
            offline_nodes,
            limits,
            warnings: tree.take_warnings(),
        }
    }

    /// The node with this id, if it is online.
    pub fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.iter().find(|n| n.id == id)
    }

    /// The node that CPU `cpu` belongs to, if the kernel says so.
    pub fn node_of_cpu(&self, cpu: u32) -> Option<&Node> {
        self.nodes.iter().find(|n| n.cpus.contains(cpu))
    }

    /// The largest data or unified cache of `level`, or `None` where the kernel shows none.
    pub fn cache(&self, level: u32) -> Option<&Cache> {
        let of_level = self.caches.iter().filter(|c| c.level == level);
        of_level.max_by_key(|c| (c.size_bytes, std::cmp::Reverse(c.cpus.first())))
    }
}
