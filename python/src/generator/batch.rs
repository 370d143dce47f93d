//! Filling many buffers in one call.

use super::fill::fill;
use crate::arguments::batch::{Seeds, each};
use crate::buffers::writable::Writable;
use crate::errors::{bad_value, exception};
use crate::interpreter::detached::detached;
use dgen::Stream;
use dgen::batch::{self, Piece};
use dgen::driver::Team;
use pyo3::prelude::*;

/// Buffers of at least so many bytes are filled one after the other, each by all threads.
const LARGE: usize = 32 << 20;
/// Bytes for each thread between two looks at pending signals.
const SLICE: usize = 32 << 20;
/// Less work keeps the interpreter: it takes a few microseconds, less than handing it over may.
const DETACH_FROM: usize = 32 << 10;
/// What deriving a stream comes to, in bytes that are written meanwhile.
const DERIVING: usize = 8 << 10;

/// Writable buffers that share no memory.
pub(crate) struct Buffers<'py>(Vec<Writable<'py>>);

impl<'py> FromPyObject<'_, 'py> for Buffers<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let buffers = Self(each(object, "buffers", "buffer")?);
        match buffers.sharing() {
            None => Ok(buffers),
            Some((first, second)) => {
                let given = format_args!("memory that number {first} and number {second} share");
                Err(bad_value("buffers", given, "buffers that do not overlap"))
            }
        }
    }
}

impl Buffers<'_> {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Bytes in each.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(Writable::len)
    }

    /// The numbers of two that overlap.
    fn sharing(&self) -> Option<(usize, usize)> {
        let with_number = |(number, buffer): (usize, &Writable<'_>)| (buffer.addresses(), number);
        let mut places: Vec<_> = self.0.iter().enumerate().map(with_number).collect();
        places.retain(|(addresses, _)| !addresses.is_empty());
        places.sort_unstable_by_key(|(addresses, _)| addresses.start);
        let overlap = places.windows(2).find(|pair| pair[1].0.start < pair[0].0.end)?;
        let (one, other) = (overlap[0].1, overlap[1].1);
        Some((one.min(other), one.max(other)))
    }

    /// Fills each with the beginning of the stream of its seed, which is like `stream` in all else; returns the bytes
    /// written.
    pub(crate) fn fill_seeded(
        mut self,
        py: Python<'_>,
        stream: &Stream,
        seeds: &Seeds,
        team: &Team,
    ) -> PyResult<usize> {
        let total = self.sizes().sum();
        let work = total + DERIVING * self.count();
        let (mut pieces, mut large) = (Vec::with_capacity(self.count()), Vec::new());
        for (buffer, seed) in self.0.iter_mut().zip(&seeds.0) {
            if buffer.len() >= LARGE {
                large.push((stream.reseeded(seed.0), 0, buffer.len(), buffer));
            } else {
                pieces.push(Piece::uninit_of_seed(stream, seed.0, buffer.memory()));
            }
        }
        fill_pieces(py, pieces, work, team)?;
        for (stream, offset, len, buffer) in large {
            fill(py, &stream, offset, &mut buffer.memory()[..len], team)?;
        }
        Ok(total)
    }

    /// Fills the first bytes of each with a range of a stream: its offset and length; returns the bytes written.
    pub(crate) fn fill_ranges(
        mut self,
        py: Python<'_>,
        stream: &Stream,
        ranges: &[(u64, usize)],
        team: &Team,
    ) -> PyResult<usize> {
        let total = ranges.iter().map(|range| range.1).sum();
        let mut pieces = Vec::with_capacity(self.count());
        let mut large = Vec::new();
        for (buffer, &(offset, len)) in self.0.iter_mut().zip(ranges) {
            if len >= LARGE {
                large.push((offset, len, buffer));
            } else {
                pieces.push(Piece::uninit_at(stream, offset, &mut buffer.memory()[..len]));
            }
        }
        fill_pieces(py, pieces, total, team)?;
        for (offset, len, buffer) in large {
            fill(py, stream, offset, &mut buffer.memory()[..len], team)?;
        }
        Ok(total)
    }
}

/// Fills buffers that are not large, with the interpreter released where that is worth it.
fn fill_pieces(py: Python<'_>, mut pieces: Vec<Piece<'_>>, work: usize, team: &Team) -> PyResult<()> {
    if work < DETACH_FROM {
        return batch::fill(pieces, team).map_err(|error| exception(&error));
    }
    while !pieces.is_empty() {
        let mut size = 0;
        let mut fits = |piece: &Piece<'_>| {
            size += piece.size();
            size <= SLICE * team.threads()
        };
        let count = pieces.iter().take_while(|&piece| fits(piece)).count().max(1);
        let rest = pieces.split_off(count);
        detached(py, || batch::fill(pieces, team)).map_err(|error| exception(&error))?;
        pieces = rest;
        py.check_signals()?;
    }
    Ok(())
}
