//! How one stream is divided among several targets.

use dgen::{Error, Result};

use crate::options::ranks::RankShare;
use crate::storage::attributes::StreamRange;

/// Cuts `range` into `parts` consecutive ranges of about equal size that sum to it exactly.
///
/// Cuts lie at multiples of `block` of the stream where every part is at least that large, else at multiples of 4096
/// where that is possible, else at any byte.
///
/// ```
/// use dgen_io::{StreamRange, split};
/// let parts = split(StreamRange::new(0, 10 << 20)?, 3, 1 << 20)?;
/// assert_eq!(parts.iter().map(|part| part.size >> 20).collect::<Vec<_>>(), [3, 3, 4]);
/// # Ok::<(), dgen::Error>(())
/// ```
///
/// # Errors
/// When there are more parts than bytes, or none.
pub fn split(range: StreamRange, parts: usize, block: u64) -> Result<Vec<StreamRange>> {
    split_lazily(range, parts, block).map(|part| (0..parts).map(part).collect())
}

/// The same, of which any part is to be had by its number.
pub(crate) fn split_lazily(range: StreamRange, parts: usize, block: u64) -> Result<impl Fn(usize) -> StreamRange> {
    let count = parts as u64;
    if parts == 0 || range.size < count {
        return Err(Error::invalid("size", range.size, &format!("at least 1 byte for each of {parts} paths")));
    }
    let unit = [block, dgen::units::PAGE as u64].into_iter().find(|unit| range.size / count >= *unit).unwrap_or(1);
    let end = range.offset + range.size;
    let cut = move |index: u64| {
        if index == 0 || index == count {
            return if index == 0 { range.offset } else { end };
        }
        let share = u128::from(range.size) * u128::from(index) / u128::from(count);
        let at = range.offset + u64::try_from(share).expect("a share is below the size");
        (at - at % unit).max(range.offset)
    };
    Ok(move |part: usize| {
        let begin = cut(part as u64);
        StreamRange { offset: begin, size: cut(part as u64 + 1) - begin }
    })
}

impl RankShare {
    /// This rank's part of a range that all ranks share; cuts lie at blocks where they can.
    ///
    /// # Errors
    /// When there is not one byte for each rank.
    pub fn part(&self, range: StreamRange, block: u64) -> Result<StreamRange> {
        split_lazily(range, self.ranks as usize, block).map(|part| part(self.rank as usize)).map_err(|_| {
            let accepted = format!("at least 1 byte for each of {} ranks", self.ranks);
            Error::invalid("size", range.size, &accepted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_consecutive_whole_and_cut_at_blocks() {
        for (offset, size, parts, block) in [
            (0, 10 << 20, 3, 1 << 20),
            (0, 1_000_003, 4, 1 << 20),
            (12345, 100 << 20, 7, 1 << 16),
            (0, 5, 5, 4096),
            (1 << 62, 1 << 62, 3, 1 << 30),
            (4095, 8193, 2, 4096),
        ] {
            let ranges = split(StreamRange::new(offset, size).unwrap(), parts, block).unwrap();
            assert_eq!(ranges.len(), parts);
            assert_eq!(ranges[0].offset, offset);
            let mut at = offset;
            for (i, range) in ranges.iter().enumerate() {
                assert_eq!(range.offset, at);
                assert!(range.size > 0, "part {i} of {parts} of {size}");
                at += range.size;
                if size / parts as u64 >= block && i > 0 {
                    assert_eq!(range.offset % block, 0);
                }
            }
            assert_eq!(at, offset + size);
        }
        assert!(split(StreamRange { offset: 0, size: 2 }, 3, 4096).is_err());
    }
}
