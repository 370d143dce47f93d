//! The interpreter around the library: released during work, forked, ending, and the only one.

pub(crate) mod detached;
pub(crate) mod dict;
pub(crate) mod forks;
mod sole;
pub(crate) mod turns;

use pyo3::prelude::*;

/// Makes the library ready for the interpreter that imports its module; refuses a second one.
pub(crate) fn prepare(module: &Bound<'_, PyModule>) -> PyResult<()> {
    sole::refuse_others(module.py())?;
    forks::watch();
    detached::prepare(module)
}
