//! Filling memory from a stream with the interpreter released, in slices between which signals are handled.

use crate::errors::exception;
use dgen::Stream;
use pyo3::prelude::*;

/// Bytes between two looks at pending signals.
pub(crate) const SLICE: usize = 64 << 20;
/// Fills of fewer bytes keep the interpreter: they take a few microseconds, less than handing it over may.
pub(crate) const DETACH_FROM: usize = 32 << 10;

/// Writes the stream's bytes from `offset` on, on up to `threads` threads.
///
/// Raises what a signal handler raises, `KeyboardInterrupt` for example; the rest of `out` is then as it was.
pub(crate) fn fill(py: Python<'_>, stream: &Stream, offset: u64, out: &mut [u8], threads: usize) -> PyResult<()> {
    if out.len() < DETACH_FROM {
        return stream.fill_at(offset, out).map_err(|error| exception(&error));
    }
    let mut at = offset;
    for slice in out.chunks_mut(SLICE) {
        py.detach(|| stream.par_fill_at(at, slice, Some(threads))).map_err(|error| exception(&error))?;
        at += slice.len() as u64;
        py.check_signals()?;
    }
    Ok(())
}
