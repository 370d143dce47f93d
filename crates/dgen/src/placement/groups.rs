//! Which processors write the memory of which node.

use crate::topology::{Core, IdSet, Node};
use serde::Serialize;

/// A node, and the processors that write its memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// The node.
    pub node: u32,
    /// The processors: its own, and those of nearby nodes that have no memory which this process may use.
    pub cpus: IdSet,
}

/// The groups of a placement, and who writes the memory of other nodes.
#[derive(Debug, Default)]
pub(super) struct Groups {
    list: Vec<Group>,
    /// For each node of the machine, the index of its group or else of the nearest one.
    by_node: Vec<(u32, usize)>,
}

impl Groups {
    /// One group of one node, which writes all memory.
    pub(super) fn one(node: u32, cpus: IdSet) -> Self {
        Self { list: vec![Group { node, cpus }], by_node: Vec::new() }
    }

    /// A group for each node with memory among `memory` and processors nearby that are among `cpus`.
    pub(super) fn all(nodes: &[Node], cpus: &IdSet, memory: Option<&IdSet>) -> Self {
        let usable = |node: &Node| node.has_memory() && memory.is_none_or(|set| set.contains(node.id));
        let own = |node: &Node| node.cpus.intersection(cpus);
        // A node with memory and processors, or where there is none, any with processors.
        let mut homes: Vec<&Node> = nodes.iter().filter(|node| usable(node) && !own(node).is_empty()).collect();
        if homes.is_empty() {
            homes = nodes.iter().filter(|node| !own(node).is_empty()).collect();
        }
        let mut list: Vec<Group> = homes.iter().map(|node| Group { node: node.id, cpus: IdSet::default() }).collect();
        let mut by_node = Vec::new();
        for node in nodes {
            let Some(index) = nearest(node, &list) else { continue };
            by_node.push((node.id, index));
            list[index].cpus = list[index].cpus.union(&own(node));
        }
        Self { list, by_node }
    }

    pub(super) fn list(&self) -> &[Group] {
        &self.list
    }

    /// The index of the group that writes the memory of a node.
    pub(super) fn of_node(&self, node: u32) -> Option<usize> {
        if self.list.len() == 1 {
            return Some(0);
        }
        self.by_node.iter().find(|(id, _)| *id == node).map(|(_, index)| *index)
    }

    /// How many of so many threads each group has, in proportion to its processors.
    pub(super) fn share_out(&self, threads: usize) -> Vec<usize> {
        let all: usize = self.list.iter().map(|group| group.cpus.len()).sum();
        let (mut given, mut before) = (0, 0);
        let share = |group: &Group| {
            before += group.cpus.len();
            let upto = (threads * before + all / 2) / all.max(1);
            let share = upto - given;
            given = upto;
            share
        };
        self.list.iter().map(share).collect()
    }

    /// The processors of all groups.
    pub(super) fn cpus(&self) -> IdSet {
        self.list.iter().flat_map(|group| group.cpus.iter()).collect()
    }
}

/// The index of the group of a node, or else of the nearest node that has one.
fn nearest(node: &Node, groups: &[Group]) -> Option<usize> {
    let distance = |group: &Group| {
        let stated = node.distances.iter().find(|distance| distance.node == group.node);
        (group.node != node.id, stated.map_or(u32::MAX, |stated| stated.distance))
    };
    (0..groups.len()).min_by_key(|&index| distance(&groups[index]))
}

/// One processor of each core, among those given.
pub(super) fn one_per_core(cores: &[Core], cpus: &IdSet) -> IdSet {
    cores.iter().filter_map(|core| core.cpus.intersection(cpus).first()).collect()
}
