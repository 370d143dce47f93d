//! Which content each block holds where duplicates are shared out within and across shards (FORMAT.md, section 7).

use super::number::{down, quotient, up};
use crate::key::{Key, range};
use crate::recipe::{Recipe, Sharding};

const DRAW: u64 = 0;

/// The plan of a stream of shards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shards {
    key: Key,
    /// Ratio p/q.
    p: u64,
    q: u64,
    /// Share e/f of the duplicates that copy contents of their own shard.
    e: u64,
    f: u64,
    window: u64,
    skip: u64,
    numbers: Sharding,
}

/// A shard with the contents before it, and the new ones in it.
struct Shard {
    number: u64,
    before: u64,
    new: u64,
}

impl Shards {
    pub(crate) fn new(recipe: &Recipe, numbers: Sharding, key: Key) -> Self {
        let (dedup, share) = (recipe.dedup_ratio(), numbers.share);
        let (window, skip) = (recipe.window_blocks(), recipe.skip_blocks());
        Self { key, p: dedup.num(), q: dedup.den(), e: share.num(), f: share.den(), window, skip, numbers }
    }

    /// Contents before shard `number`.
    fn before(&self, number: u64) -> u64 {
        up(number * self.numbers.blocks, self.q, self.p)
    }

    #[inline]
    fn shard(&self, number: u64) -> Shard {
        let before = self.before(number);
        Shard { number, before, new: self.before(number + 1) - before }
    }

    /// New contents in the first `x` blocks of a shard.
    fn new_in(&self, shard: &Shard, x: u64) -> u64 {
        up(x, shard.new, self.numbers.blocks)
    }

    /// Of the first `j` duplicates, those of their own shard.
    fn within(&self, j: u64) -> u64 {
        down(j, self.e, self.f)
    }

    /// Distinct contents in the first `n` blocks.
    pub(crate) fn distinct(&self, n: u64) -> u64 {
        let shard = self.shard(n / self.numbers.blocks);
        shard.before + self.new_in(&shard, n % self.numbers.blocks)
    }

    /// The block in which content `c` first appears.
    pub(crate) fn first_block(&self, c: u64) -> Option<u64> {
        let even = quotient(c, self.p, self.q)?;
        // Far outside the stream, sums need not fit.
        (even < 1 << 62).then(|| {
            let shard = self.shard(even / self.numbers.blocks);
            shard.number * self.numbers.blocks + down(c - shard.before, self.numbers.blocks, shard.new)
        })
    }

    /// The content id of block `i`.
    #[inline]
    pub(crate) fn content(&self, i: u64) -> u64 {
        let (shard, x) = (self.shard(i / self.numbers.blocks), i % self.numbers.blocks);
        let known = self.new_in(&shard, x);
        if self.new_in(&shard, x + 1) > known {
            return shard.before + known;
        }
        let first = i - x - shard.before;
        let j = first + x - known;
        let within = self.within(j);
        if self.within(j + 1) == within
            && let Some(content) = self.across(&shard, j - within - (first - self.within(first)))
        {
            return content;
        }
        let (oldest, end) = (known.saturating_sub(self.window), known - self.skip.min(known / 2));
        shard.before + oldest + range(self.key.hash(DRAW, j), end - oldest)
    }

    /// Content number `number` of those that a shard copies from earlier ones, if there are so many.
    fn across(&self, shard: &Shard, number: u64) -> Option<u64> {
        let older = self.before(shard.number.checked_sub(self.numbers.behind)?);
        let classes = self.numbers.behind + 1;
        let room = self.numbers.room.min(older / classes);
        (number < room).then(|| {
            let class = shard.number % classes;
            let newest = older - 1 - (older - 1 + classes - class) % classes;
            newest - classes * self.key.shuffled(shard.number, room, number)
        })
    }
}
