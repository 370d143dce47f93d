//! How one stream is divided among several targets.

use dgen::{Error, Result};

use crate::options::ranks::RankShare;
use crate::storage::{attributes::StreamRange, folder::MAX_FILES};

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

/// A range in parts of `size` bytes, the last of which may be smaller. Each begins at a multiple of `block` of the stream;
/// what lies between the end of one and the beginning of the next is in no part, and in no count of bytes.
fn sized(range: StreamRange, parts: usize, block: u64, size: u64) -> Result<impl Fn(usize) -> StreamRange> {
    let count = parts as u64;
    let last = range.size.checked_sub(size.saturating_mul(count.saturating_sub(1)));
    let Some(last) = last.filter(|last| (1..=size).contains(last)) else {
        let accepted = format!("bytes of which {parts} files hold {}, the last of them at most as many", range.size);
        return Err(Error::invalid("file size", size, &accepted));
    };
    if !range.offset.is_multiple_of(block) {
        return Err(Error::invalid(
            "offset",
            range.offset,
            &format!("with a file size, multiples of {block}, the block"),
        ));
    }
    let apart = size.checked_next_multiple_of(block);
    let begin = apart.and_then(|apart| range.offset.checked_add(apart.checked_mul(count - 1)?));
    let (Some(apart), Some(Ok(_))) = (apart, begin.map(|begin| StreamRange::new(begin, last))) else {
        return Err(Error::invalid("file size", size, "files that end at or below 2^63 of the stream"));
    };
    Ok(move |part: usize| {
        let number = part as u64;
        StreamRange { offset: range.offset + number * apart, size: if number + 1 == count { last } else { size } }
    })
}

/// How many files of `file_size` bytes, of which the last may be smaller, hold `size` bytes.
///
/// # Errors
/// When they are more than [`MAX_FILES`], or hold nothing.
pub fn files_of(size: u64, file_size: u64) -> Result<usize> {
    let files = size.checked_div_euclid(file_size).map(|whole| whole + u64::from(!size.is_multiple_of(file_size)));
    let files = files.and_then(|files| usize::try_from(files).ok()).filter(|files| (1..=MAX_FILES).contains(files));
    files.ok_or_else(|| {
        let least = size.div_ceil(MAX_FILES as u64).max(1);
        Error::invalid(
            "file size",
            file_size,
            &format!("{least} or more, of which {size} bytes make {MAX_FILES} files"),
        )
    })
}

/// The parts of a range, of which any is to be had by its number: of `file_size` bytes, as [`sized`] cuts them, or as
/// [`split`] does.
pub(crate) fn cut(
    range: StreamRange,
    parts: usize,
    block: u64,
    file_size: Option<u64>,
) -> Result<Box<dyn Fn(usize) -> StreamRange>> {
    Ok(match file_size {
        Some(size) => Box::new(sized(range, parts, block, size)?),
        None => Box::new(split_lazily(range, parts, block)?),
    })
}

/// Whether a part that begins at `next` follows one that ends at `end`: at once, or at the next block.
pub(crate) fn follows(end: u64, next: u64, block: u64) -> bool {
    next == end || Some(next) == end.checked_next_multiple_of(block)
}

/// The size of the files whose parts these are, where they were cut by size.
pub(crate) fn file_size_of(parts: &[StreamRange], block: u64) -> Option<u64> {
    let [first, .., last] = parts else { return None };
    let alike =
        parts[..parts.len() - 1].iter().all(|part| part.size == first.size && part.offset.is_multiple_of(block));
    (alike && last.size <= first.size && last.offset.is_multiple_of(block)).then_some(first.size)
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

    #[test]
    fn files_of_one_size_begin_at_blocks() {
        let range = |offset, size| StreamRange { offset, size };
        for (offset, size, parts, file_size, starts, last) in [
            (0, 15_000_000, 3, 5_000_000, [0, 5 << 20, 10 << 20], 5_000_000),
            (1 << 20, 10 << 20, 3, 4 << 20, [1 << 20, 5 << 20, 9 << 20], 2 << 20),
            (0, 3, 3, 1, [0, 1 << 20, 2 << 20], 1),
        ] {
            let part = cut(range(offset, size), parts, 1 << 20, Some(file_size)).unwrap();
            let all: Vec<StreamRange> = (0..parts).map(part).collect();
            assert_eq!(all.iter().map(|part| part.offset).collect::<Vec<_>>(), starts);
            assert_eq!((all[0].size, all[2].size), (file_size, last));
            assert_eq!(file_size_of(&all, 1 << 20), Some(file_size));
            assert!(all.windows(2).all(|pair| follows(pair[0].offset + pair[0].size, pair[1].offset, 1 << 20)));
        }
        assert_eq!([(15, 5), (16, 5), (1, 5)].map(|(size, each)| files_of(size, each).unwrap()), [3, 4, 1]);
        for (size, each) in [(1 << 40, 1), (0, 1), (5, 0)] {
            assert!(files_of(size, each).unwrap_err().to_string().contains("file size"));
        }
        // What was cut evenly is told from it: its last part is never the smaller one.
        let even = split(range(0, 10 << 20), 3, 1 << 20).unwrap();
        assert_eq!(file_size_of(&even, 1 << 20), None);
        for (offset, size, parts, file_size, name) in [
            (0, 10, 3, 5, "file size"),
            (0, 10, 3, 3, "file size"),
            (4096, 10, 2, 5, "offset"),
            (0, 10, 2, 0, "file size"),
            (0, u64::MAX, 2, (1 << 63) + 1, "file size"),
        ] {
            let error = cut(range(offset, size), parts, 1 << 20, Some(file_size)).err().unwrap().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
