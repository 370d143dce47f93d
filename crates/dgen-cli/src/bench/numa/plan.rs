//! Which nodes take part, with which processors.

use dgen::topology::{IdSet, Topology};
use dgen::{Error, ErrorKind, Result};

use crate::bench::process::Seat;

/// A node that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodePlan {
    pub(super) node: u32,
    /// The processors that its process may use.
    pub(super) cpus: IdSet,
    /// The physical cores that these belong to.
    pub(super) physical_cores: usize,
    pub(super) threads: usize,
}

impl NodePlan {
    pub(super) fn seat(&self) -> Seat {
        let (cpus, threads) = (self.cpus.clone(), self.threads);
        Seat { name: format!("node {}", self.node), cpus, threads, node: Some(self.node) }
    }
}

/// What the options ask for.
pub(super) struct Wishes<'a> {
    /// These nodes alone; all if empty.
    pub(super) nodes: &'a [u32],
    /// One processor of each physical core alone.
    pub(super) physical_only: bool,
    /// Threads of each process.
    pub(super) threads: Option<usize>,
}

/// The nodes that take part, and warnings about those that do not.
///
/// # Errors
/// A node that does not exist or has no processor that may be used.
pub(super) fn plan(topology: &Topology, wishes: &Wishes<'_>) -> Result<(Vec<NodePlan>, Vec<String>)> {
    let allowed = &topology.limits.cpus;
    let forbidden = |id| topology.limits.memory_nodes.as_ref().is_some_and(|nodes| !nodes.contains(id));
    let online: IdSet = topology.nodes.iter().map(|node| node.id).collect();
    let able: IdSet = topology
        .nodes
        .iter()
        .filter(|node| !node.cpus.intersection(allowed).is_empty() && !forbidden(node.id))
        .map(|node| node.id)
        .collect();
    let mut warnings = Vec::new();
    for &id in wishes.nodes {
        if !online.contains(id) {
            return Err(Error::invalid("nodes", id, &format!("nodes of this machine: {online}")));
        }
        if !able.contains(id) {
            let accepted = format!("nodes with processors and memory that this process may use: {able}");
            return Err(Error::invalid("nodes", id, &accepted));
        }
    }
    let asked: IdSet = wishes.nodes.iter().copied().collect();
    let nodes = topology.nodes.iter().filter(|node| asked.is_empty() || asked.contains(node.id));
    let mut plans = Vec::new();
    for node in nodes {
        let cpus = node.cpus.intersection(allowed);
        if !cpus.is_empty() && forbidden(node.id) {
            warnings.push(format!("node {} takes no part: this process may not use its memory", node.id));
        } else if !cpus.is_empty() {
            plans.push(of_node(topology, node.id, &cpus, wishes));
        } else if !node.cpus.is_empty() {
            warnings.push(format!("node {} takes no part: this process may not use its processors", node.id));
        } else if node.has_memory() {
            warnings.push(format!("node {} takes no part: it has memory and no processors", node.id));
        }
    }
    if plans.is_empty() {
        return Err(Error::new(ErrorKind::Unsupported, "no node has a processor that this process may use"));
    }
    warnings.extend(keep_to_quota(topology, &mut plans, wishes.threads.is_some()));
    Ok((plans, warnings))
}

fn of_node(topology: &Topology, node: u32, usable: &IdSet, wishes: &Wishes<'_>) -> NodePlan {
    let cores = topology.cores.iter().map(|core| core.cpus.intersection(usable)).filter(|cpus| !cpus.is_empty());
    let firsts: IdSet = cores.filter_map(|cpus| cpus.first()).collect();
    let physical_cores = firsts.len();
    let cpus = if wishes.physical_only { firsts } else { usable.clone() };
    let threads = wishes.threads.unwrap_or(cpus.len());
    NodePlan { node, cpus, physical_cores, threads }
}

/// Shares a quota of processor time out between the nodes, where it is less than their processors.
fn keep_to_quota(topology: &Topology, plans: &mut [NodePlan], chosen: bool) -> Option<String> {
    let quota = usize::try_from(topology.limits.quota?.cpus_ceil()).unwrap_or(usize::MAX);
    let all: usize = plans.iter().map(|plan| plan.cpus.len()).sum();
    if quota >= all {
        return None;
    }
    if !chosen {
        for plan in plans {
            plan.threads = (plan.threads * quota / all).max(1);
        }
    }
    Some(format!("a quota grants the time of {quota} of {all} processors"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dgen::topology::CpuQuota;
    use std::fs;
    use std::path::Path;

    const WISHES: Wishes<'static> = Wishes { nodes: &[], physical_only: false, threads: None };

    /// Two nodes with two cores of two processors each, and one with memory alone; processor 7 is out of reach.
    fn machine(root: &Path) -> Topology {
        let write = |path: &str, text: &str| {
            let path = root.join("sys/devices/system").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("cpu/online", "0-7\n");
        for cpu in 0..8 {
            write(&format!("cpu/cpu{cpu}/topology/core_cpus_list"), &format!("{},{}\n", cpu % 4, cpu % 4 + 4));
        }
        write("node/online", "0,2,5\n");
        for (node, cpus) in [(0, "0-1,4-5"), (2, "2-3,6-7"), (5, "")] {
            write(&format!("node/node{node}/cpulist"), &format!("{cpus}\n"));
            write(&format!("node/node{node}/meminfo"), &format!("Node {node} MemTotal: 1024 kB\n"));
        }
        fs::create_dir_all(root.join("proc/self")).unwrap();
        fs::write(root.join("proc/self/status"), "Cpus_allowed_list:\t0-6\n").unwrap();
        Topology::from_root(root)
    }

    fn plan_of(node: u32, cpus: &str, physical_cores: usize, threads: usize) -> NodePlan {
        NodePlan { node, cpus: cpus.parse().unwrap(), physical_cores, threads }
    }

    #[test]
    fn every_node_gets_its_own_processors() {
        let folder = tempfile::tempdir().unwrap();
        let topology = machine(folder.path());
        let (plans, warnings) = plan(&topology, &WISHES).unwrap();
        assert_eq!(plans, [plan_of(0, "0-1,4-5", 2, 4), plan_of(2, "2-3,6", 2, 3)]);
        assert_eq!(warnings, ["node 5 takes no part: it has memory and no processors"]);
        let physical = Wishes { physical_only: true, ..WISHES };
        assert_eq!(plan(&topology, &physical).unwrap().0, [plan_of(0, "0-1", 2, 2), plan_of(2, "2-3", 2, 2)]);
        let one = Wishes { nodes: &[2], threads: Some(9), ..WISHES };
        assert_eq!(plan(&topology, &one).unwrap(), (vec![plan_of(2, "2-3,6", 2, 9)], vec![]));
    }

    #[test]
    fn nodes_that_cannot_take_part_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let topology = machine(folder.path());
        for (nodes, accepted) in [(&[1], "0,2,5"), (&[5], "0,2")] {
            let error = plan(&topology, &Wishes { nodes, ..WISHES }).unwrap_err().to_string();
            assert!(error.contains("nodes") && error.contains(accepted), "{error}");
        }
    }

    #[test]
    fn a_quota_bounds_the_threads() {
        let folder = tempfile::tempdir().unwrap();
        let mut topology = machine(folder.path());
        topology.limits.quota = Some(CpuQuota { quota_us: 300, period_us: 100 });
        let (plans, warnings) = plan(&topology, &WISHES).unwrap();
        assert_eq!(plans.iter().map(|plan| plan.threads).collect::<Vec<_>>(), [1, 1]);
        assert!(warnings.iter().any(|warning| warning.contains("3 of 7 processors")), "{warnings:?}");
    }
}
