//! Counts distinct fingerprints: exactly while they fit in memory, by distinct sampling beyond.
//!
//! At level k only fingerprints whose k lowest bits are zero are kept: a sample of one in 2ᵏ *contents*, whatever the
//! order or the number of their copies. The level is the lowest at which the sample fits, so it depends on the set of
//! fingerprints alone.

use crate::crew;
use crate::fingerprint::Fingerprint;
use crate::keep::{Keep, Pass};
use crate::table::Table;

/// Independent tables per block size: the unit of parallel insertion.
const SHARDS: usize = 64;

/// Bytes of one table slot.
const SLOT_BYTES: u64 = 16;

/// The distinct fingerprints of one block size.
pub(crate) struct Distinct {
    shards: Vec<Shard>,
    level: u32,
    capacity: usize,
}

impl Keep for Distinct {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        self.level.pass(way)?;
        self.shards.iter_mut().try_for_each(|shard| shard.table.pass(way))
    }
}

/// One table, and the fingerprints that wait to go into it, in input order.
pub(crate) struct Shard {
    table: Table,
    waiting: Vec<Fingerprint>,
    /// Block number of each waiting fingerprint, where the caller wants to know which are new.
    numbers: Vec<u32>,
    /// Block numbers found new by the last insertion.
    new: Vec<u32>,
}

impl Distinct {
    /// A counter whose tables take about `memory` bytes.
    pub(crate) fn new(memory: u64) -> Self {
        let slots = usize::try_from(memory / SLOT_BYTES).unwrap_or(usize::MAX);
        let per_shard = slots / SHARDS;
        let shard =
            || Shard { table: Table::new(per_shard), waiting: Vec::new(), numbers: Vec::new(), new: Vec::new() };
        // A little below the load at which tables grow, since shards fill unevenly.
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), level: 0, capacity: (slots / 10 * 7).max(SHARDS) }
    }

    /// Sampling level k: one content in 2ᵏ is kept.
    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    #[inline]
    /// Queues a block; with a number, [`take_new`](Self::take_new) may return it.
    pub(crate) fn push(&mut self, fingerprint: Fingerprint, number: Option<u32>) {
        if !sampled(fingerprint, self.level) {
            return;
        }
        let shard = &mut self.shards[shard_of(fingerprint)];
        shard.waiting.push(fingerprint);
        shard.numbers.extend(number);
    }

    /// The shards, for [`Shard::settle`] in parallel.
    pub(crate) fn shards_mut(&mut self) -> &mut [Shard] {
        &mut self.shards
    }

    /// Moves the numbers of the blocks found new since the last call into `out`, ascending.
    pub(crate) fn take_new(&mut self, out: &mut Vec<u32>) {
        out.clear();
        for shard in &mut self.shards {
            out.append(&mut shard.new);
        }
        out.sort_unstable();
    }

    /// Raises the level until the sample fits in memory; whether it did.
    pub(crate) fn shrink<W: Send>(&mut self, workers: &mut [W]) -> bool {
        let before = self.level;
        while self.held() > self.capacity {
            self.level += 1;
            let level = self.level;
            let mut shards = self.shards.iter_mut();
            let retain = |_: &mut W, shard: &mut Shard| shard.table.retain(|held| sampled(held, level));
            crew::run(workers, SHARDS, |_| shards.next(), retain);
        }
        self.level > before
    }

    /// The sum of a value over all distinct contents, and its standard error.
    pub(crate) fn sum(&self, value: fn(Fingerprint) -> u64) -> (u64, f64) {
        let (mut sum, mut squares) = (0_u64, 0_u128);
        for held in self.shards.iter().flat_map(|shard| shard.table.iter()) {
            let value = value(held);
            sum += value;
            squares += u128::from(value).pow(2);
        }
        let scale = 2_f64.powi(self.level.cast_signed());
        (sum << self.level, (squares as f64 * (1.0 - 1.0 / scale)).sqrt() * scale)
    }

    fn held(&self) -> usize {
        self.shards.iter().map(|shard| shard.table.len()).sum()
    }

    /// The count and its standard error, in blocks; both are exact at level 0.
    pub(crate) fn estimate(&self) -> (u64, f64) {
        let held = self.held() as u64;
        if self.level == 0 {
            return (held, 0.0);
        }
        let scale = 2_f64.powi(self.level.cast_signed());
        (held << self.level, (held as f64 * (1.0 - 1.0 / scale)).sqrt() * scale)
    }
}

impl Shard {
    /// Inserts what waits, and notes which numbers were new.
    pub(crate) fn settle(&mut self) {
        let Self { table, waiting, numbers, new } = self;
        if numbers.is_empty() {
            table.insert_all(waiting, |_| ());
        } else {
            table.insert_all(waiting, |i| new.push(numbers[i]));
        }
        waiting.clear();
        numbers.clear();
    }
}

/// The upper bits of the lower half; the upper half chooses the slot, the lowest bits the sample.
fn shard_of(fingerprint: Fingerprint) -> usize {
    const SHIFT: u32 = 64 - SHARDS.ilog2();
    ((fingerprint >> SHIFT) & (SHARDS as u128 - 1)) as usize
}

#[inline]
pub(crate) fn sampled(fingerprint: Fingerprint, level: u32) -> bool {
    fingerprint.trailing_zeros() >= level
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{digest, fingerprint};

    fn count(values: impl Iterator<Item = u64>, memory: u64, round: usize) -> (u64, f64, u32) {
        let mut distinct = Distinct::new(memory);
        let values: Vec<u64> = values.collect();
        for part in values.chunks(round) {
            for value in part {
                distinct.push(fingerprint(&[digest(&value.to_le_bytes())]), None);
            }
            distinct.shards_mut().iter_mut().for_each(Shard::settle);
            distinct.shrink(&mut [()]);
        }
        let (estimate, error) = distinct.estimate();
        (estimate, error, distinct.level())
    }

    #[test]
    fn exact_while_it_fits() {
        assert_eq!(count((0..100_000).map(|i| i % 40_000), 1 << 20, 5000), (40_000, 0.0, 0));
    }

    #[test]
    fn estimates_within_the_stated_error() {
        let mut off = Vec::new();
        for salt in 0..40_u64 {
            let n = 300_000 + 1000 * salt;
            let (estimate, error, level) = count((0..n).map(|i| i + (salt << 32)), 1 << 18, 10_000);
            assert!(level > 0 && error > 0.0);
            off.push((estimate as f64 - n as f64) / error);
        }
        let within = off.iter().filter(|z| z.abs() < 2.0).count();
        assert!(within >= 34 && off.iter().all(|z| z.abs() < 4.5), "{off:?}");
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        assert!(mean.abs() < 0.6, "biased: {mean}");
    }

    #[test]
    fn rounds_and_order_do_not_change_the_estimate() {
        let forward = count(0..200_000, 1 << 18, 1000);
        assert_eq!(forward, count(0..200_000, 1 << 18, 77_777));
        assert_eq!(forward, count((0..200_000).rev().flat_map(|i| [i, i]), 1 << 18, 4096));
    }
}
