//! Where the stateful forms of a stream stand: their part of it, and how far they have come.

use crate::error::{Error, Result};
use crate::recipe::random_seed;
use crate::stream::Stream;
use crate::units::{MAX_OFFSET, PAGE};
use std::ops::RangeInclusive;

/// A stream, the part of it that is generated, and how far it has come.
///
/// The content of position p is the stream's at `start + p - base`, so that a new seed continues with the beginning
/// of the same part of its stream.
#[derive(Clone, Debug)]
pub struct Place {
    stream: Stream,
    start: u64,
    size: u64,
    position: u64,
    base: u64,
}

/// A range of a stream that belongs to one call.
#[derive(Debug)]
pub struct Claim {
    /// The stream.
    pub stream: Stream,
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Bytes in the range.
    pub len: usize,
}

impl Place {
    /// The beginning of the `size` bytes of a stream from `start` on.
    ///
    /// # Errors
    /// When they do not end at or below 2^63.
    pub fn new(stream: Stream, start: u64, size: u64) -> Result<Self> {
        if size > MAX_OFFSET - start.min(MAX_OFFSET) {
            let given = format_args!("{start} (with size {size})");
            return Err(Error::invalid("offset", given, "ranges that end at or below 2^63"));
        }
        Ok(Self { stream, start, size, position: 0, base: 0 })
    }

    /// The same part at another position, with the part's first byte at `base`.
    ///
    /// # Errors
    /// Unless base, position and size ascend.
    pub fn at(self, position: u64, base: u64) -> Result<Self> {
        if base > position || position > self.size {
            return Err(Error::invalid("position", position, &format!("{base} to {}", self.size)));
        }
        Ok(Self { position, base, ..self })
    }

    /// The stream in use.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Stream offset at which the part begins.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Bytes in the part.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes generated so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The position at which the part's first byte lies; moves when the seed is set.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Whether every byte has been generated.
    pub fn is_complete(&self) -> bool {
        self.position >= self.size
    }

    /// Stream offset and length of the next range of up to `len` bytes.
    pub fn next(&self, len: usize) -> (u64, usize) {
        let left = self.size.saturating_sub(self.position);
        (self.start + (self.position - self.base), usize::try_from(left).map_or(len, |left| left.min(len)))
    }

    /// Goes on behind the next `len` bytes, at most what is left.
    pub fn advance(&mut self, len: usize) {
        self.position += self.next(len).1 as u64;
    }

    /// Takes the next range of up to `len` bytes.
    pub fn claim(&mut self, len: usize) -> Claim {
        let (offset, len) = self.next(len);
        self.advance(len);
        Claim { stream: self.stream.clone(), offset, len }
    }

    /// Returns to the beginning of the current stream.
    pub fn restart(&mut self) {
        (self.position, self.base) = (0, 0);
    }

    /// Moves to `position`.
    ///
    /// # Errors
    /// The positions that there are, when this is none: from where the seed was last set to the size.
    pub fn seek(&mut self, position: u64) -> std::result::Result<(), RangeInclusive<u64>> {
        let reach = self.base..=self.size;
        if !reach.contains(&position) {
            return Err(reach);
        }
        self.position = position;
        Ok(())
    }

    /// Continues with the beginning of the same part of another seed's stream; `None` draws a seed.
    ///
    /// # Errors
    /// When the system has no random source.
    pub fn reseed(&mut self, seed: Option<u64>) -> Result<()> {
        let seed = match seed {
            Some(seed) => seed,
            None => random_seed()?,
        };
        self.stream = self.stream.reseeded(seed);
        self.base = self.position;
        Ok(())
    }

    /// The `index`-th of `count` contiguous shards of the part; `index` is below `count`.
    ///
    /// They are cut at multiples of the block size where each gets at least one, else of the page, else of a byte;
    /// a part that does not begin at a multiple of a unit is too small to be cut at that unit.
    ///
    /// # Errors
    /// When the shard would end past 2^63, as for [`new`](Self::new).
    pub fn shard(&self, index: u64, count: u64) -> Result<Self> {
        let fits = |unit: u64| u128::from(self.size) >= u128::from(count) * u128::from(unit);
        let units = [self.stream.recipe().block_size(), PAGE as u64];
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    fn place(start: u64, size: u64) -> Place {
        Place::new(Stream::new(&Recipe::with_seed(1)).unwrap(), start, size).unwrap()
    }

    #[test]
    fn ranges_follow_each_other_and_end_with_the_part() {
        let mut place = place(1000, 10);
        let claims: Vec<_> = (0..4).map(|_| place.claim(4)).map(|claim| (claim.offset, claim.len)).collect();
        assert_eq!(claims, [(1000, 4), (1004, 4), (1008, 2), (1010, 0)]);
        assert!(place.is_complete());
        place.restart();
        assert_eq!(place.next(4), (1000, 4));
    }

    #[test]
    fn a_new_seed_begins_the_part_anew_and_bounds_positions() {
        let mut place = place(1000, 10);
        place.advance(4);
        place.reseed(Some(2)).unwrap();
        assert_eq!((place.next(100), place.base(), place.stream().recipe().seed()), ((1000, 6), 4, 2));
        assert_eq!(place.seek(3), Err(4..=10));
        assert_eq!(place.seek(11), Err(4..=10));
        place.seek(6).unwrap();
        assert_eq!(place.next(100), (1002, 4));
        assert!(place.clone().at(6, 4).is_ok() && place.clone().at(3, 4).is_err() && place.at(11, 4).is_err());
    }

    #[test]
    fn shards_are_the_whole_in_order() {
        for size in [0, 5, 4096 * 7 + 5, 10 << 20] {
            for count in [1, 3, 4] {
                let whole = place(12345, size);
                let mut end = 12345;
                for shard in (0..count).map(|index| whole.shard(index, count).unwrap()) {
                    assert_eq!(shard.start(), end);
                    end += shard.size();
                }
                assert_eq!(end, 12345 + size);
            }
        }
        assert!(Place::new(place(0, 0).stream().clone(), MAX_OFFSET, 1).is_err());
    }
}
