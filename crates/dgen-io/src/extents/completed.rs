//! Which extents are done, however they complete: how far the data is without a gap.

use std::collections::VecDeque;

use dgen::{Error, Result};

use crate::options::order::Order;

/// Most extents in an order that leaves gaps: a bit for each is kept.
const MOST_SCATTERED: u64 = 1 << 27;

/// Refuses more extents than can be kept track of.
pub(crate) fn check(extents: u64, order: Order) -> Result<()> {
    if order == Order::Sequential || extents <= MOST_SCATTERED {
        return Ok(());
    }
    let accepted = format!("at most {MOST_SCATTERED} I/Os in random order: use larger buffers");
    Err(Error::invalid("order", format_args!("random over {extents} I/Os"), &accepted))
}

/// Extents that are done, by number. Holds one bit for each from the first missing one up to the last that is done.
#[derive(Debug, Default)]
pub(crate) struct CompletionBitmap {
    /// Number of the first word's first extent, a multiple of 64.
    base: u64,
    words: VecDeque<u64>,
}

impl CompletionBitmap {
    /// Notes that an extent is done; a second time changes nothing.
    pub(crate) fn add(&mut self, index: u64) {
        let Some(past) = index.checked_sub(self.base) else { return };
        let word = usize::try_from(past / 64).expect("bits of a run fit memory");
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (past % 64);
        while self.words.front() == Some(&u64::MAX) {
            self.words.pop_front();
            self.base += 64;
        }
    }

    /// Whether an extent is done.
    pub(crate) fn holds(&self, index: u64) -> bool {
        let Some(past) = index.checked_sub(self.base) else { return true };
        let word = usize::try_from(past / 64).ok().and_then(|word| self.words.get(word));
        word.is_some_and(|word| word >> (past % 64) & 1 == 1)
    }

    /// Extents done from the first on, without a gap.
    pub(crate) fn dense(&self) -> u64 {
        self.base + u64::from(self.words.front().map_or(0, |word| word.trailing_ones()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dense_part_is_known_in_any_order() {
        for seed in 0..20 {
            let (count, mut bitmap, mut done) = (300, CompletionBitmap::default(), vec![false; 301]);
            for place in 0..count {
                let index = Order::Random(seed).at(place, count, 0);
                bitmap.add(index);
                bitmap.add(index);
                done[usize::try_from(index).unwrap()] = true;
                let dense = done.iter().position(|done| !done).unwrap();
                assert_eq!(bitmap.dense(), dense as u64);
                assert!(done.iter().zip(0..).all(|(done, index)| bitmap.holds(index) == *done));
            }
            assert_eq!(bitmap.dense(), count);
            bitmap.add(0);
            assert_eq!(bitmap.dense(), count);
        }
    }

    #[test]
    fn what_is_done_in_order_takes_no_memory() {
        let mut bitmap = CompletionBitmap::default();
        (0..1_000_000).for_each(|index| bitmap.add(index));
        assert_eq!((bitmap.dense(), bitmap.words.len()), (1_000_000, 0));
    }
}
