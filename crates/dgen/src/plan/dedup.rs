//! Which content each block holds (FORMAT.md, section 7): a closed form, in constant time and memory.

use std::sync::Arc;

use super::arranged::Arranged;
use super::number::quotient;
use super::shards::Shards;
use crate::key::{Key, range};
use crate::recipe::Recipe;

const DRAW: u64 = 0;
const ROTATE: u64 = 1;
const EARLY: u64 = 2;

/// The dedup plan of a stream.
#[derive(Clone, Debug)]
pub(crate) struct DedupPlan {
    key: Key,
    /// Ratio p/q.
    p: u64,
    q: u64,
    /// Contents that duplicates skip.
    skip: u64,
    /// Bins drawn from in turn.
    bins: u64,
    /// Slots in a bin, per half.
    per_bin: u64,
    /// The plan that takes the place of this one.
    other: Option<Arc<Other>>,
}

/// A plan of duplicates that lie in another way.
#[allow(clippy::large_enum_variant, reason = "a stream has one of these")]
#[derive(Debug)]
enum Other {
    Arranged(Arranged),
    Shards(Shards),
}

impl Other {
    fn new(recipe: &Recipe, key: Key) -> Option<Self> {
        let arranged = recipe.arranged().filter(|_| !recipe.dedup_ratio().is_one())?;
        Some(match recipe.sharding() {
            Some(numbers) => Self::Shards(Shards::new(recipe, numbers, key)),
            None => Self::Arranged(Arranged::new(recipe, arranged, key)),
        })
    }

    fn distinct(&self, n: u64) -> u64 {
        match self {
            Self::Arranged(plan) => plan.distinct(n),
            Self::Shards(plan) => plan.distinct(n),
        }
    }

    fn content(&self, i: u64) -> u64 {
        match self {
            Self::Arranged(plan) => plan.content(i),
            Self::Shards(plan) => plan.content(i),
        }
    }

    fn first_block(&self, c: u64) -> Option<u64> {
        match self {
            Self::Arranged(plan) => plan.first_block(c),
            Self::Shards(plan) => plan.first_block(c),
        }
    }
}

impl DedupPlan {
    pub(crate) fn new(recipe: &Recipe, key: Key) -> Self {
        let skip = recipe.skip_blocks();
        let bins = skip.max(1);
        let per_bin = (recipe.window_blocks() - 2 * skip) / (2 * bins);
        let ratio = recipe.dedup_ratio();
        let other = Other::new(recipe, key).map(Arc::new);
        Self { key, p: ratio.num(), q: ratio.den(), skip, bins, per_bin, other }
    }

    /// Distinct contents in the first `n` blocks.
    pub(crate) fn distinct(&self, n: u64) -> u64 {
        self.other.as_ref().map_or_else(|| self.spread(n), |other| other.distinct(n))
    }

    /// The contents of `n` blocks over which they are spread evenly: ceil(n / ratio).
    #[inline]
    fn spread(&self, n: u64) -> u64 {
        // With n = a·p + b only b·q needs more than 64 bits, and only for large p.
        let (a, b) = (n / self.p, n % self.p);
        let rest = match b.checked_mul(self.q) {
            Some(product) => product.div_ceil(self.p),
            #[expect(clippy::cast_possible_truncation, reason = "b < p, so the quotient is at most q")]
            None => (u128::from(b) * u128::from(self.q)).div_ceil(u128::from(self.p)) as u64,
        };
        a * self.q + rest
    }

    /// The content id of block `i`.
    #[inline]
    pub(crate) fn content(&self, i: u64) -> u64 {
        if self.p == self.q {
            return i;
        }
        if let Some(other) = &self.other {
            return other.content(i);
        }
        let known = self.spread(i);
        if self.spread(i + 1) > known { known } else { self.copied(i - known, known) }
    }

    /// The content that duplicate number `j` copies when `known` contents exist.
    fn copied(&self, j: u64, known: u64) -> u64 {
        let old = known - self.skip.min(known / 2);
        let (visit, turn) = (j / self.bins, j % self.bins);
        let bin = (turn + range(self.key.hash(ROTATE, visit), self.bins)) % self.bins;
        let s = bin * self.per_bin + range(self.key.hash(DRAW, j), self.per_bin);
        let slot = 2 * s + (visit + u64::from(s.count_ones())) % 2;
        if slot < old {
            let slots = 2 * self.bins * self.per_bin;
            old - 1 - (old - 1 - slot) % slots
        } else {
            range(self.key.hash(EARLY, j), old)
        }
    }

    /// The block in which content `c` first appears.
    pub(crate) fn first_block(&self, c: u64) -> Option<u64> {
        if let Some(other) = &self.other {
            return other.first_block(c);
        }
        quotient(c, self.p, self.q)
    }
}
