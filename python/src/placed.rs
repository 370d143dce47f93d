//! Keeping I/O threads and their buffers on one memory node.

use crate::args::{MaxThreads, NumaNode};
use crate::errors::bad_value;
use crate::placement::{NumaMode, Placement};
use crate::system::topology;
use dgen::{Error, Result};
use pyo3::PyResult;
use rustix::thread::{CpuSet, sched_setaffinity};

/// The processors that an operation is kept on; all of them where there is no choice.
#[derive(Default)]
pub(crate) struct Placed {
    cpus: Vec<u32>,
}

impl Placed {
    /// The processors of a node that this process may use.
    pub(crate) fn on(node: Option<NumaNode>) -> PyResult<Self> {
        let Some(id) = Placement::new(NumaMode::Auto, node)?.node else { return Ok(Self::default()) };
        let topology = topology();
        let Some(node) = topology.nodes.iter().find(|node| node.id == id) else { return Ok(Self::default()) };
        let cpus: Vec<u32> = node.cpus.intersection(&topology.limits.cpus).iter().collect();
        if cpus.is_empty() {
            return Err(bad_value("numa_node", id, "a node with processors that this process may use, or None"));
        }
        Ok(Self { cpus })
    }

    /// The threads to use: as many as asked, or those of the node.
    pub(crate) fn threads(&self, asked: Option<MaxThreads>) -> Option<usize> {
        asked.map(|asked| asked.0).or_else(|| (!self.cpus.is_empty()).then_some(self.cpus.len()))
    }

    /// Moves the calling thread there, and with it the threads that it will start and the memory they touch first.
    pub(crate) fn settle(&self) -> Result<()> {
        if self.cpus.is_empty() {
            return Ok(());
        }
        let mut set = CpuSet::new();
        for cpu in self.cpus.iter().filter_map(|cpu| usize::try_from(*cpu).ok()).filter(|cpu| *cpu < CpuSet::MAX_CPU) {
            set.set(cpu);
        }
        sched_setaffinity(None, &set).map_err(|e| Error::io("place threads on", "the memory node", None, e.into()))
    }
}
