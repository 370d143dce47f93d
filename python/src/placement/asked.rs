//! The memory-placement arguments, and the threads that they come to.

use crate::arguments::generation::{MaxThreads, NumaNode};
use crate::errors::{bad_value, exception};
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

    /// Whether nothing was asked for that the system could refuse.
    pub(crate) fn is_free(self) -> bool {
        self.node.is_none() && self.mode.0 != placement::NumaMode::Force
    }

    /// Up to so many threads there. Refuses nodes that this process may not use.
    pub(crate) fn team(self, threads: Option<MaxThreads>) -> PyResult<Team> {
        let make = || Team::new(threads.map(|threads| threads.0), placement::Placement::new(self.options())?);
        make().map_err(|error| exception(&error))
    }
}
