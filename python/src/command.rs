//! The `dgen` command inside the package, and what the machine offers.

use crate::errors::exception;
use crate::interpreter::detached::detached;
use crate::interpreter::dict::dict;
use pyo3::prelude::*;
use std::ffi::OsString;
use std::io::Write;

/// Runs the `dgen` command with these arguments, the program's name first, and returns its exit code.
///
/// Takes over SIGINT and SIGTERM for the rest of the process.
#[pyfunction]
#[pyo3(name = "_main")]
pub(crate) fn command_main(py: Python<'_>, argv: Vec<OsString>) -> PyResult<i32> {
    let executable: OsString = py.import("sys")?.getattr("executable")?.extract()?;
    Ok(detached(py, || {
        // The running executable is the interpreter.
        let launcher = vec![executable, "-m".into(), "dgen_py".into()];
        let code = dgen_cli::main_with_launcher(argv, launcher);
        // Nothing else flushes Rust's own standard output; a reader that has gone has seen enough.
        _ = std::io::stdout().flush();
        code
    }))
}

/// Kernels, topology and what the current folder's file system can do, as the dict that `dgen info --json` prints.
///
/// Sizes are in bytes.
///
/// >>> from dgen_py import info
/// >>> facts = info()
/// >>> facts["kernel"] in facts["kernels"], facts["recipe_format"]
/// (True, 'dgen1')
///
/// Raises `ValueError` for environment variables that force a kernel or a thread count that cannot be had, and `OSError`
/// for a current folder that cannot be looked at.
#[pyfunction]
pub(crate) fn info(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let facts = detached(py, dgen_cli::info).map_err(|error| exception(&error))?;
    dict(py, &facts)
}
