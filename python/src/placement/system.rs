//! What the machine consists of, and what placement comes to there, as Python values.

use super::asked::{NumaMode, Where};
use crate::arguments::generation::{MaxThreads, NumaNode};
use crate::interpreter::detached::detached;
use crate::interpreter::dict::dict;
use dgen::topology::Topology;
use pyo3::prelude::*;
use std::sync::OnceLock;

/// The topology at the first call in this process; nodes do not come and go while it runs.
fn topology() -> &'static Topology {
    static KNOWN: OnceLock<Topology> = OnceLock::new();
    KNOWN.get_or_init(Topology::read)
}

/// Processors, caches, memory nodes and limits of this machine, as a dict; sizes are in bytes.
///
/// Holds at least `num_nodes`, `physical_cores`, `logical_cpus`, `is_uma` and `deployment_type`
/// (`bare_metal`, `vm` or `container`). Read anew at each call, which takes some milliseconds.
#[pyfunction]
pub(crate) fn get_system_info(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    dict(py, &detached(py, Topology::read))
}

/// The same dict as `get_system_info()`.
#[pyfunction]
pub(crate) fn get_numa_info(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    get_system_info(py)
}

/// Number of online memory nodes with processors or memory, at least 1.
#[pyfunction]
pub(crate) fn detect_numa_nodes() -> usize {
    topology().num_nodes
}

/// What placement comes to on this machine, as a dict, before anything is generated.
///
/// `numa_mode`, `numa_node` and `max_threads` are as for `Generator`, whose `placement` this is. `placed` says whether
/// threads are kept on nodes, `reason` why, `workers` whether the system pins them (`pinned`, or `free`), `memory` where
/// allocated memory comes from: `bound` (to the node), `first_touch` (the node whose thread writes it first), `policy`
/// (the caller's own memory policy) or `system` (nothing is placed). `refused` lists system calls that were refused, each
/// with `errno`. `nodes` has the processors and threads of each node, `threads` all threads; `allowed_cpus`,
/// `allowed_memory_nodes` and `memory_policy` are what this process came with.
///
/// >>> from dgen_py import get_placement
/// >>> get_placement(numa_mode="disabled")["placed"]
/// False
///
/// Raises `ValueError` for a node that this process may not use, and with `numa_mode="force"` `OSError` for what the
/// system refuses.
#[pyfunction]
#[pyo3(signature = (numa_mode=NumaMode::Auto, numa_node=None, max_threads=None), text_signature = "(numa_mode='auto', numa_node=None, max_threads=None)")]
pub(crate) fn get_placement(
    py: Python<'_>,
    numa_mode: NumaMode,
    numa_node: Option<NumaNode>,
    max_threads: Option<MaxThreads>,
) -> PyResult<Bound<'_, PyAny>> {
    let team = Where { mode: numa_mode, node: numa_node }.team(max_threads)?;
    dict(py, &team.report())
}
