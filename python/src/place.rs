//! Where a generator stands in its part of a stream.

use crate::errors::{bad_value, exception};
use dgen::Stream;
use dgen::units::MAX_OFFSET;
use pyo3::prelude::*;

/// A stream, the part of it that a generator yields, and how far it has come.
///
/// The content of position p is the stream's at `start + p - base`, so that a new seed continues with the beginning
/// of the same part of its stream.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) stream: Stream,
    /// Stream offset at which the part begins.
    pub(crate) start: u64,
    /// Bytes in the part.
    pub(crate) size: u64,
    pub(crate) position: u64,
    /// The position at which the part's first byte lies; moves when the seed is set.
    pub(crate) base: u64,
}

/// A range of a stream that belongs to one call.
pub(crate) struct Claim {
    pub(crate) stream: Stream,
    pub(crate) offset: u64,
    pub(crate) len: usize,
}

impl Place {
    /// The beginning of the `size` bytes of a stream from `start` on.
    pub(crate) fn new(stream: Stream, start: u64, size: u64) -> PyResult<Self> {
        if size > MAX_OFFSET - start.min(MAX_OFFSET) {
            return Err(bad_value(
                "offset",
                format_args!("{start} (with size {size})"),
                "ranges that end at or below 2^63",
            ));
        }
        Ok(Self { stream, start, size, position: 0, base: 0 })
    }

    /// Bytes not generated yet.
    pub(crate) fn left(&self) -> u64 {
        self.size.saturating_sub(self.position)
    }

    /// Takes the next range of up to `len` bytes.
    pub(crate) fn claim(&mut self, len: usize) -> Claim {
        let len = usize::try_from(self.left()).map_or(len, |left| left.min(len));
        let offset = self.start + (self.position - self.base);
        self.position += len as u64;
        Claim { stream: self.stream.clone(), offset, len }
    }

    /// Moves to `position`, between where the seed was last set and the size.
    pub(crate) fn seek(&mut self, position: u64) -> PyResult<()> {
        if (self.base..=self.size).contains(&position) {
            self.position = position;
            return Ok(());
        }
        let accepted = format!("{} to {}", self.base, self.size);
        Err(bad_value("offset", position, &accepted))
    }

    /// Continues with the beginning of the same part of another seed's stream; `None` draws a seed.
    pub(crate) fn reseed(&mut self, seed: Option<u64>) -> PyResult<()> {
        let seed = match seed {
            Some(seed) => seed,
            None => dgen::recipe::random_seed().map_err(|error| exception(&error))?,
        };
        self.stream = Stream::with_kernel(&self.stream.recipe().reseeded(seed), self.stream.kernel());
        self.base = self.position;
        Ok(())
    }

    /// The `index`-th of `count` contiguous shards of the part.
    ///
    /// They are cut at multiples of the block size where each gets at least one, else of the page, else of a byte;
    /// a part that does not begin at a multiple of a unit is too small to be cut at that unit. `index` is below `count`.
    pub(crate) fn shard(&self, index: u64, count: u64) -> PyResult<Self> {
        let fits = |unit: u64| u128::from(self.size) >= u128::from(count) * u128::from(unit);
        let units = [self.stream.recipe().block_size(), dgen::units::PAGE as u64];
        let unit = units.into_iter().find(|&unit| fits(unit)).unwrap_or(1);
        let cut = |index: u64| {
            let whole = u128::from(self.size.div_ceil(unit)) * u128::from(index) / u128::from(count);
            // The last unit may be a part of one.
            let end = (whole * u128::from(unit)).min(u128::from(self.size));
            u64::try_from(end).unwrap_or(self.size)
        };
        let (from, to) = (cut(index), cut(index + 1));
        Self::new(self.stream.clone(), self.start + from, to - from)
    }
}
