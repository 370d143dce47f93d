//! Which rank this process is.

use crate::errors::exception;
use dgen::ranks::Ranks;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The values of `dgen_py.Ranks`, in the order of its fields.
type Values<'py> = (u32, u32, Option<u32>, Option<u32>, Bound<'py, PyTuple>);

/// What `dgen_py.ranks()` returns, as a tuple.
#[pyfunction]
pub(crate) fn _ranks(py: Python<'_>) -> PyResult<Values<'_>> {
    let ranks = Ranks::from_environment().map_err(|error| exception(&error))?;
    let source = PyTuple::new(py, &ranks.source)?;
    Ok((ranks.rank, ranks.world_size, ranks.local_rank, ranks.local_size, source))
}
