//! Which memory nodes workers run on: in turn on each, so that a worker's buffers lie in the memory next to it.

use std::fs;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use dgen::topology::Topology;
use dgen::{Error, ErrorKind, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Whether workers are bound to memory nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumaMode {
    /// Where there is more than one node, and the system allows it.
    #[default]
    Auto,
    /// Always, or an error.
    Force,
    /// Never.
    Off,
}

impl FromStr for NumaMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "force" => Ok(Self::Force),
            "uma" | "disabled" | "disable" => Ok(Self::Off),
            _ => Err(Error::invalid("numa-mode", format_args!("`{text}`"), "auto, force, uma, disabled, disable")),
        }
    }
}

/// The nodes of one run. Where the caller's thread is a worker, it is freed again when this is dropped.
#[derive(Debug)]
pub(crate) struct Placement {
    nodes: Vec<CpuSet>,
    next: AtomicUsize,
    must: bool,
    before: Option<CpuSet>,
}

impl Placement {
    /// For a run that the calling thread begins and ends.
    pub(crate) fn new(mode: NumaMode) -> Self {
        let nodes = match mode {
            NumaMode::Off => Vec::new(),
            NumaMode::Auto if is_uniform() => Vec::new(),
            NumaMode::Auto => Some(nodes()).filter(|nodes| nodes.len() > 1).unwrap_or_default(),
            NumaMode::Force => nodes(),
        };
        let before = if nodes.is_empty() { None } else { sched_getaffinity(None).ok() };
        Self { nodes, next: AtomicUsize::new(0), must: mode == NumaMode::Force, before }
    }

    /// Binds the calling worker to the next node.
    ///
    /// # Errors
    /// When it must, and cannot.
    pub(crate) fn enter(&self) -> Result<()> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let node = turn.checked_rem(self.nodes.len()).map(|index| &self.nodes[index]);
        let bound = node.map(|cpus| sched_setaffinity(None, cpus));
        let why = match bound {
            Some(Ok(())) => return Ok(()),
            _ if !self.must => return Ok(()),
            Some(Err(error)) => error.to_string(),
            None => "the system names no node with processors that may be used".into(),
        };
        Err(Error::new(ErrorKind::Unsupported, format!("numa-mode force: a worker cannot be bound to its node: {why}")))
    }
}

impl Drop for Placement {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            _ = sched_setaffinity(None, before);
        }
    }
}

/// Whether there is a single node, as far as one file tells; what all of the topology says takes longer.
fn is_uniform() -> bool {
    fs::read_to_string("/sys/devices/system/node/online").map_or(true, |text| text.trim() == "0")
}

/// The processors of each node, as far as this process may use them.
fn nodes() -> Vec<CpuSet> {
    let topology = Topology::read();
    let usable = topology.nodes.iter().map(|node| node.cpus.intersection(&topology.limits.cpus));
    let set = |cpus: dgen::topology::IdSet| {
        let mut set = CpuSet::new();
        for cpu in cpus.iter().filter_map(|cpu| usize::try_from(cpu).ok()).filter(|cpu| *cpu < CpuSet::MAX_CPU) {
            set.set(cpu);
        }
        set
    };
    usable.map(set).filter(|set| set.count() > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_thread_is_freed_again() {
        let before = sched_getaffinity(None).unwrap();
        let mut one = CpuSet::new();
        one.set((0..CpuSet::MAX_CPU).find(|cpu| before.is_set(*cpu)).unwrap());
        let placement = Placement { nodes: vec![one], next: AtomicUsize::new(0), must: true, before: Some(before) };
        placement.enter().unwrap();
        assert_eq!(sched_getaffinity(None).unwrap(), one);
        drop(placement);
        assert_eq!(sched_getaffinity(None).unwrap(), before);
    }

    #[test]
    fn what_cannot_be_forced_is_an_error() {
        let none = |must| Placement { nodes: Vec::new(), next: AtomicUsize::new(0), must, before: None };
        none(false).enter().unwrap();
        assert!(none(true).enter().unwrap_err().to_string().contains("numa-mode"));
        let impossible = vec![CpuSet::new()];
        let placement = |must| Placement { nodes: impossible.clone(), next: AtomicUsize::new(0), must, before: None };
        placement(false).enter().unwrap();
        placement(true).enter().unwrap_err();
    }

    #[test]
    fn modes_are_named() {
        assert_eq!("uma".parse::<NumaMode>().unwrap(), NumaMode::Off);
        assert!("Auto".parse::<NumaMode>().is_err());
        assert!(Placement::new(NumaMode::Off).nodes.is_empty() && !Placement::new(NumaMode::Force).nodes.is_empty());
    }
}
