//! Binding a process to processors, and seeing where its memory came to lie.

use dgen::topology::IdSet;
use dgen::{Error, Result};
use rustix::thread::{CpuSet, sched_setaffinity};

use super::message::Placed;

/// Binds the calling thread, and those it starts, to these processors.
pub(super) fn confine(cpus: &IdSet) -> Result<Placed> {
    let mut set = CpuSet::new();
    for cpu in cpus.iter().filter_map(|cpu| usize::try_from(cpu).ok()).filter(|cpu| *cpu < CpuSet::MAX_CPU) {
        set.set(cpu);
    }
    sched_setaffinity(None, &set).map_err(|error| Error::io("bind to", "processors", None, error.into()))?;
    Ok(Placed::default())
}

/// How many pages of the buffer lie on the node, and how many were looked at.
pub(super) fn local_pages(_buffer: &[u8], _node: u32) -> Option<(u64, u64)> {
    None
}
