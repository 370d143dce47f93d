//! Where generation runs: the memory-placement arguments, validated together against this machine.

use crate::args::NumaNode;
use crate::errors::bad_value;
use crate::system::topology;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// When threads and memory are placed on nodes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum NumaMode {
    /// When there is more than one node.
    #[default]
    Auto,
    /// Always.
    Force,
    /// Never.
    Disabled,
}

impl NumaMode {
    /// The canonical name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Force => "force",
            Self::Disabled => "disabled",
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for NumaMode {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Ok(text) = object.extract::<String>() else {
            return Err(PyTypeError::new_err(format!("numa_mode: a string is required, not {}", object.repr()?)));
        };
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "force" => Ok(Self::Force),
            "uma" | "disabled" | "disable" => Ok(Self::Disabled),
            _ => Err(bad_value("numa_mode", format_args!("`{text}`"), "auto, force, uma, disabled, disable")),
        }
    }
}

/// A mode and a node that this machine has.
#[derive(Clone, Copy, Default)]
pub(crate) struct Placement {
    pub(crate) mode: NumaMode,
    pub(crate) node: Option<u32>,
}

impl Placement {
    /// Refuses nodes that are not online; machines that show no nodes have node 0.
    pub(crate) fn new(mode: NumaMode, node: Option<NumaNode>) -> PyResult<Self> {
        let Some(NumaNode(id)) = node else { return Ok(Self { mode, node: None }) };
        let mut online: Vec<u32> = topology().nodes.iter().map(|node| node.id).collect();
        if online.is_empty() {
            online.push(0);
        }
        if online.contains(&id) {
            return Ok(Self { mode, node: Some(id) });
        }
        let ids: Vec<String> = online.iter().map(u32::to_string).collect();
        Err(bad_value("numa_node", id, &format!("{}, or None", ids.join(", "))))
    }
}
