//! What a placement does, in words and numbers.

use super::decision::{Memory, Placement};
use super::groups::Group;
use super::policy::Policy;
use super::refusal::Refusal;
use crate::topology::{IdSet, Limits};
use serde::Serialize;

/// Where threads ran and where memory came from, and what that follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlacementReport {
    /// What was asked for: `auto`, `force` or `disabled`.
    pub mode: &'static str,
    /// The one node asked for.
    pub node: Option<u32>,
    /// Whether one processor of each physical core was asked for.
    pub physical_cores: bool,
    /// Whether anything is placed.
    pub placed: bool,
    /// Why, in a few words.
    pub reason: String,
    /// Threads in all, at most.
    pub threads: usize,
    /// Each node used, its processors and its threads; empty where nothing is placed.
    pub nodes: Vec<NodeThreads>,
    /// Whether threads are kept on the processors of their node: `pinned`, or `free`.
    pub workers: &'static str,
    /// Where memory that is allocated for the caller comes from: `bound` (to the node, by `mbind`), `first_touch` (of the
    /// node whose thread writes it first), `policy` (the caller's own memory policy decides) or `system` (nothing is placed).
    pub memory: &'static str,
    /// What the system refused, and was done without.
    pub refused: Vec<Refusal>,
    /// Processors that the caller's affinity leaves it.
    pub allowed_cpus: IdSet,
    /// Nodes that the process may allocate from, where the kernel says so.
    pub allowed_memory_nodes: Option<IdSet>,
    /// The memory policy that the caller came with, where the kernel says so and it was asked.
    pub memory_policy: Option<Policy>,
}

/// The threads of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NodeThreads {
    /// The node.
    pub node: u32,
    /// The processors that they run on.
    pub cpus: IdSet,
    /// How many there are at most.
    pub threads: usize,
}

impl Placement {
    /// What it does with so many threads.
    pub fn report(&self, threads: usize) -> PlacementReport {
        let decision = &*self.0;
        let limits = decision.limits.clone().unwrap_or_else(Limits::read);
        let shares = decision.groups.share_out(threads);
        let of_node =
            |(group, threads): (&Group, usize)| NodeThreads { node: group.node, cpus: group.cpus.clone(), threads };
        let refused = |call: &str| decision.refused.iter().any(|refusal| refusal.call == call);
        PlacementReport {
            mode: decision.options.mode.name(),
            node: decision.options.node,
            physical_cores: decision.options.physical_cores,
            placed: self.is_active(),
            reason: decision.reason.clone(),
            threads,
            nodes: self.groups().iter().zip(shares).map(of_node).collect(),
            workers: if self.is_active() && !refused("sched_setaffinity") { "pinned" } else { "free" },
            memory: decision.memory.name(),
            refused: decision.refused.clone(),
            allowed_cpus: limits.cpus,
            allowed_memory_nodes: limits.memory_nodes,
            memory_policy: decision.policy.clone(),
        }
    }
}

impl PlacementReport {
    /// In one line, for people.
    pub fn summary(&self) -> String {
        if !self.placed {
            return format!("not placed: {}", self.reason);
        }
        let memory = match self.memory {
            "bound" => "memory bound",
            "policy" => "memory by the caller's policy",
            _ => "memory by first touch",
        };
        let refused: Vec<String> =
            self.refused.iter().map(|refusal| format!("; {} refused: {}", refusal.call, refusal.error)).collect();
        format!("{}, {}; {memory}{}", self.reason, self.workers, refused.concat())
    }
}

impl Memory {
    fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Bound => "bound",
            Self::FirstTouch => "first_touch",
            Self::Policy => "policy",
        }
    }
}
