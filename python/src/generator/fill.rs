//! Filling memory from a stream with the interpreter released, in slices between which signals are handled.

use crate::buffers::memory::{Blank, Memory};
use crate::errors::exception;
use crate::interpreter::detached::detached;
use dgen::Stream;
use dgen::driver::Team;
use pyo3::prelude::*;
use std::mem::MaybeUninit;

/// Bytes for each thread between two looks at pending signals.
const SLICE: usize = 32 << 20;
/// Fills of fewer bytes keep the interpreter: they take a few microseconds, less than handing it over may.
const DETACH_FROM: usize = 32 << 10;

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
        return at_once(stream, offset, out, team);
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
pub(crate) fn filled(py: Python<'_>, stream: &Stream, offset: u64, blank: Blank, team: &Team) -> PyResult<Memory> {
    full(blank, |out| fill(py, stream, offset, out, team))
}

/// The same, while keeping the interpreter.
pub(crate) fn filled_at_once(stream: &Stream, offset: u64, blank: Blank, team: &Team) -> PyResult<Memory> {
    full(blank, |out| at_once(stream, offset, out, team))
}

/// The memory after `write` has written all of it, unless it fails.
#[allow(unsafe_code, reason = "the memory is full after the fill")]
fn full(mut blank: Blank, write: impl FnOnce(&mut [MaybeUninit<u8>]) -> PyResult<()>) -> PyResult<Memory> {
    write(blank.uninit_mut())?;
    // SAFETY: both fills write every byte when they succeed, and nothing else comes here.
    Ok(unsafe { blank.assume_init() })
}

fn at_once(stream: &Stream, offset: u64, out: &mut [MaybeUninit<u8>], team: &Team) -> PyResult<()> {
    stream.fill_uninit_with(offset, out, team).map(drop).map_err(|error| exception(&error))
}
