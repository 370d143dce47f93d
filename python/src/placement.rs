//! Where generation runs: the memory-placement arguments, and what they come to on this machine.

use crate::args::{MaxThreads, NumaNode};
use crate::errors::{bad_value, exception};
use crate::reports::dict;
use dgen::driver::Team;
use dgen::placement::{self, PlacementOptions};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// When threads and memory are placed on nodes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NumaMode(placement::NumaMode);

#[allow(non_upper_case_globals, reason = "named like the value that it stands for")]
impl NumaMode {
    /// When there is more than one node.
    pub(crate) const Auto: Self = Self(placement::NumaMode::Auto);
}

impl NumaMode {
    /// The canonical name.
    pub(crate) fn name(self) -> &'static str {
        self.0.name()
    }
}

impl<'py> FromPyObject<'_, 'py> for NumaMode {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Ok(text) = object.extract::<String>() else {
            return Err(PyTypeError::new_err(format!("numa_mode: a string is required, not {}", object.repr()?)));
        };
        let mode = text.to_ascii_lowercase().parse();
        mode.map(Self)
            .map_err(|_| bad_value("numa_mode", format_args!("`{text}`"), "auto, force, uma, disabled, disable"))
    }
}

/// A mode and a node, as they are asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Where {
    pub(crate) mode: NumaMode,
    pub(crate) node: Option<NumaNode>,
}

impl Where {
    /// For the core.
    pub(crate) fn options(self) -> PlacementOptions {
        PlacementOptions::new(self.mode.0, self.node.map(|node| node.0))
    }

    /// Up to so many threads there. Refuses nodes that this process may not use.
    pub(crate) fn team(self, threads: Option<MaxThreads>) -> PyResult<Team> {
        let make = || Team::new(threads.map(|threads| threads.0), placement::Placement::new(self.options())?);
        make().map_err(|error| exception(&error))
    }
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
