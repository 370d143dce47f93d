//! The rules: from what is wanted and what there is to a placement.

use super::decision::{Decision, Memory, Placement};
use super::groups::{Group, Groups, one_per_core};
use super::options::{NumaMode, PlacementOptions};
use super::policy::Policy;
use super::refusal::Refusal;
use super::system::{self, System};
use crate::error::{Error, Result};
use crate::topology::{IdSet, Limits, Node, Topology};
use std::io;
use std::sync::{Arc, Mutex};

impl Placement {
    /// Decides for the calling thread on this machine.
    ///
    /// # Errors
    /// A node that the machine lacks, that has no processors, or that this process may not use; and with
    /// [`NumaMode::Force`], what the system refuses.
    pub fn new(options: PlacementOptions) -> Result<Self> {
        live(options)
    }

    /// The automatic one. What cannot be placed is not.
    pub fn auto() -> Self {
        // Without a node and without force there is nothing to refuse.
        Self::new(PlacementOptions::default()).unwrap_or_else(|_| Self::none())
    }
}

/// Reads the number of a node; whether this process may use the node, [`Placement::new`] says.
///
/// # Errors
/// Anything that is not a number a node can have, with the nodes of this machine.
pub fn parse_node(text: &str) -> Result<u32> {
    text.trim().parse().map_err(|_| not_a_node(text))
}

/// Decides on the running machine.
fn live(options: PlacementOptions) -> Result<Placement> {
    let simple = options.mode != NumaMode::Force && !options.physical_cores && matches!(options.node, None | Some(0));
    if simple && crate::topology::is_uniform() {
        return Ok(Placement::empty(options, None, unplaced(options.mode)));
    }
    decide(options, &machine(), &Limits::read(), &system::LIVE)
}

/// The machine, read once: nodes do not come and go while a process runs.
fn machine() -> Arc<Topology> {
    static KNOWN: Mutex<Option<Arc<Topology>>> = Mutex::new(None);
    // A child of `fork` may find it locked for ever by a thread that it does not have.
    let Ok(mut known) = KNOWN.try_lock() else { return Arc::new(Topology::read()) };
    Arc::clone(known.get_or_insert_with(|| Arc::new(Topology::read())))
}

fn unplaced(mode: NumaMode) -> &'static str {
    if mode == NumaMode::Disabled { "the mode is disabled" } else { "there is one memory node" }
}

/// Decides for a machine and what a process may use of it.
pub(super) fn decide(
    options: PlacementOptions,
    topology: &Topology,
    limits: &Limits,
    system: &'static dyn System,
) -> Result<Placement> {
    let asked_policy = system.policy();
    let policy = asked_policy.as_ref().ok().cloned();
    let memory = usable_memory(limits, policy.as_ref());
    let node = options.node.map(|id| checked(id, topology, &limits.cpus, memory.as_ref())).transpose()?;
    let cpus = if options.physical_cores { one_per_core(&topology.cores, &limits.cpus) } else { limits.cpus.clone() };
    let threads = |cpus: &IdSet| cpus.len().clamp(1, limits.effective_threads());
    if options.mode == NumaMode::Disabled {
        let threads = options.physical_cores.then(|| threads(&cpus));
        return Ok(Placement::empty(options, threads, unplaced(options.mode)));
    }
    let groups = match node {
        Some(node) => Groups::one(node.id, node.cpus.intersection(&cpus)),
        None => Groups::all(&topology.nodes, &cpus, memory.as_ref()),
    };
    let leaves_some_out = cpus.len() < limits.cpus.len();
    if options.mode == NumaMode::Auto && !leaves_some_out {
        if topology.is_uma {
            return Ok(Placement::empty(options, None, unplaced(options.mode)));
        }
        if node.is_none() && groups.list().len() < 2 {
            let reason = "the processors and the memory that this process may use are those of one node";
            return Ok(Placement::empty(options, None, reason));
        }
    }
    let one = groups.list().first().filter(|group| groups.list().len() == 1 && group.node_is_meant(options));
    let mut decision = Decision {
        bound: one.map(|group| group.node),
        memory: Memory::FirstTouch,
        threads: Some(threads(&groups.cpus())),
        reason: String::new(),
        refused: asked_policy.err().map(|error| Refusal::new("get_mempolicy", &error)).into_iter().collect(),
        options,
        groups,
        policy,
        limits: Some(limits.clone()),
        system,
    };
    decision.try_out(topology)?;
    decision.reason = decision.describe();
    Ok(Placement(Arc::new(decision)))
}

/// The nodes that pages may come from, where something restricts them.
fn usable_memory(limits: &Limits, policy: Option<&Policy>) -> Option<IdSet> {
    let bind = policy.filter(|policy| policy.mode == "bind").map(|policy| &policy.nodes);
    match (&limits.memory_nodes, bind) {
        (Some(allowed), Some(bind)) => Some(allowed.intersection(bind)),
        (allowed, bind) => allowed.as_ref().or(bind).cloned(),
    }
}

/// The node, if it is one that this process may use.
fn checked<'a>(id: u32, topology: &'a Topology, cpus: &IdSet, memory: Option<&IdSet>) -> Result<&'a Node> {
    let memory_is_allowed = |node: &Node| !node.has_memory() || memory.is_none_or(|set| set.contains(node.id));
    let cpus_are_allowed = |node: &Node| !node.cpus.intersection(cpus).is_empty();
    let problem = match topology.node(id) {
        None if topology.offline_nodes.contains(id) => " (which is offline)".to_owned(),
        None => String::new(),
        Some(node) if node.cpus.is_empty() => " (which has no processors)".to_owned(),
        Some(node) if !cpus_are_allowed(node) => {
            format!(" (whose processors, {}, this process may not use: it may use {cpus})", node.cpus)
        }
        Some(node) if !memory_is_allowed(node) => {
            let memory = memory.map(ToString::to_string).unwrap_or_default();
            format!(" (whose memory this process may not use: it may use that of {memory})")
        }
        Some(node) => return Ok(node),
    };
    let fit = topology.nodes.iter().filter(|node| cpus_are_allowed(node) && memory_is_allowed(node));
    let ids: Vec<String> = fit.map(|node| node.id.to_string()).collect();
    Err(Error::invalid("numa node", format_args!("{id}{problem}"), &ids.join(", ")))
}

/// The error for a text that is no node's number.
fn not_a_node(text: &str) -> Error {
    let topology = machine();
    let with_cpus = topology.nodes.iter().filter(|node| !node.cpus.is_empty());
    let ids: Vec<String> = with_cpus.map(|node| node.id.to_string()).collect();
    Error::invalid("numa node", text, &ids.join(", "))
}

impl Group {
    /// Whether memory is to be bound to the group's node, if it is the only group.
    fn node_is_meant(&self, options: PlacementOptions) -> bool {
        options.node == Some(self.node) || options.mode == NumaMode::Force
    }
}

impl Decision {
    /// Finds out what the system refuses.
    fn try_out(&mut self, topology: &Topology) -> Result<()> {
        let stay = || self.system.affinity().and_then(|own| self.system.set_affinity(&own));
        if let Err(error) = stay() {
            self.refuse("sched_setaffinity", "keep threads on processors", error)?;
        }
        if self.groups.list().len() > 1 {
            let here = 0_u8;
            if let Err(error) = self.system.locate(&[std::ptr::from_ref(&here).addr()]) {
                self.refuse("move_pages", "find out on which node memory lies", error)?;
            }
        }
        let Some(node) = self.bound else {
            if self.policy.as_ref().is_some_and(|policy| !policy.is_local()) {
                self.memory = Memory::Policy;
            }
            return Ok(());
        };
        let has_memory = topology.node(node).is_none_or(Node::has_memory);
        let bound = if has_memory {
            self.system.try_bind(node)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("node {node} has no memory")))
        };
        match bound {
            Ok(()) => self.memory = Memory::Bound,
            Err(error) => {
                self.bound = None;
                self.refuse("mbind", &format!("bind memory to node {node}"), error)?;
            }
        }
        Ok(())
    }

    /// Notes a refusal; an error where placement is a must.
    fn refuse(&mut self, call: &'static str, action: &str, error: io::Error) -> Result<()> {
        if self.options.mode == NumaMode::Force {
            return Err(Error::system(action, error));
        }
        self.refused.push(Refusal::new(call, &error));
        Ok(())
    }

    fn describe(&self) -> String {
        match self.groups.list() {
            [group] => format!("threads run on processors {} of node {}", group.cpus, group.node),
            groups => format!("threads run on {} nodes, and each fills memory of its own", groups.len()),
        }
    }
}
