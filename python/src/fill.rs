//! Filling memory from a stream with the interpreter released, in slices between which signals are handled.

use crate::detached::detached;
use crate::errors::exception;
use crate::memory::{Blank, Memory};
use dgen::Stream;
use dgen::driver::Team;
use pyo3::prelude::*;
use std::mem::MaybeUninit;

/// Bytes for each thread between two looks at pending signals.
const SLICE: usize = 32 << 20;
/// Fills of fewer bytes keep the interpreter: they take a few microseconds, less than handing it over may.
pub(crate) const DETACH_FROM: usize = 32 << 10;

/// Writes the stream's bytes from `offset` on, on the threads of `team`; all of `out`, unless it fails.
///
/// Raises what a signal handler raises, `KeyboardInterrupt` for example; the rest of `out` is then as it was.
pub(crate) fn fill(
    py: Python<'_>,
    stream: &Stream,
    offset: u64,
    out: &mut [MaybeUninit<u8>],
    team: &Team,
) -> PyResult<()> {
    if out.len() < DETACH_FROM {
        return stream.fill_uninit_with(offset, out, team).map(drop).map_err(|error| exception(&error));
    }
    let mut at = offset;
    for slice in out.chunks_mut(SLICE * team.threads()) {
        detached(py, || stream.fill_uninit_with(at, slice, team).map(drop)).map_err(|error| exception(&error))?;
        at += slice.len() as u64;
        py.check_signals()?;
    }
    Ok(())
}

/// The stream's bytes from `offset` on in `blank`, written as [`fill`] does.
#[allow(unsafe_code, reason = "the memory is full after the fill")]
pub(crate) fn filled(py: Python<'_>, stream: &Stream, offset: u64, mut blank: Blank, team: &Team) -> PyResult<Memory> {
    fill(py, stream, offset, blank.uninit_mut(), team)?;
    // SAFETY: a fill that succeeds writes every byte.
    Ok(unsafe { blank.assume_init() })
}
