//! What the machine consists of, as Python values.

use crate::detached::detached;
use crate::reports::dict;
use dgen::topology::Topology;
use pyo3::prelude::*;
use std::sync::OnceLock;

/// The topology at the first call in this process; nodes do not come and go while it runs.
pub(crate) fn topology() -> &'static Topology {
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
