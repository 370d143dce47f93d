//! The plan of shards (section 7 of FORMAT.md).

use crate::keys::{Keys, range};
use crate::number::word;
use crate::within::Numbers;

/// The plan of a stream of shards.
#[derive(Clone, Debug)]
pub(crate) struct Shards {
    keys: Keys,
    numbers: Numbers,
}

/// A shard: its number, the contents before it, and the new ones in it.
#[derive(Clone, Copy, Debug)]
struct Shard {
    number: u64,
    before: u64,
    new: u64,
}

impl Shards {
    pub(crate) fn new(numbers: Numbers, keys: &Keys) -> Shards {
        Shards { keys: keys.clone(), numbers }
    }

    /// U(h·Z)
    fn contents_before(&self, shard: u64) -> u64 {
        let blocks = u128::from(shard) * u128::from(self.numbers.blocks);
        word((blocks * self.numbers.q).div_ceil(self.numbers.p))
    }

    fn shard(&self, number: u64) -> Shard {
        let before = self.contents_before(number);
        Shard { number, before, new: self.contents_before(number + 1) - before }
    }

    /// The new contents in the first `x` blocks of a shard.
    fn new_in(&self, shard: Shard, x: u64) -> u64 {
        word((u128::from(x) * u128::from(shard.new)).div_ceil(self.numbers.blocks.into()))
    }

    /// The number of distinct contents in the first `n` blocks.
    pub(crate) fn distinct(&self, n: u64) -> u64 {
        let shard = self.shard(n / self.numbers.blocks);
        shard.before + self.new_in(shard, n % self.numbers.blocks)
    }

    /// The block in which content `c` first appears; `None` when its number is not below 2^62.
    pub(crate) fn first_block(&self, c: u64) -> Option<u64> {
        let even = u64::try_from(u128::from(c) * self.numbers.p / self.numbers.q).ok().filter(|&i| i < 1 << 62)?;
        let blocks = self.numbers.blocks;
        let shard = self.shard(even / blocks);
        let within = u128::from(c - shard.before) * u128::from(blocks) / u128::from(shard.new);
        Some(shard.number * blocks + word(within))
    }

    /// g(j)
    fn within(&self, j: u64) -> u64 {
        word(u128::from(j) * self.numbers.e / self.numbers.f)
    }

    /// The content id of block `i`.
    pub(crate) fn content(&self, i: u64) -> u64 {
        if self.numbers.p == self.numbers.q {
            return i;
        }
        let Numbers { window, skipped, blocks, behind, classes, room, .. } = self.numbers;
        let (shard, x) = (self.shard(i / blocks), i % blocks);
        let known = self.new_in(shard, x);
        if self.new_in(shard, x + 1) > known {
            return shard.before + known;
        }
        let first = shard.number * blocks - shard.before;
        let j = first + x - known;
        if self.within(j + 1) == self.within(j) && shard.number >= behind {
            let older = self.contents_before(shard.number - behind);
            let number = (j - self.within(j)) - (first - self.within(first));
            let room = room.min(older / classes);
            if number < room {
                let mut content = older - 1;
                while content % classes != shard.number % classes {
                    content -= 1;
                }
                return content - classes * self.keys.shuffle(shard.number, room, number);
            }
        }
        let (oldest, end) = (known.saturating_sub(window), known - skipped.min(known / 2));
        shard.before + oldest + range(self.keys.hash(0, j), end - oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;
    use std::collections::HashSet;

    fn plan(values: &str) -> Shards {
        let recipe = Recipe::parse(&format!("dgen1,seed=9,block=64KiB,{values}")).expect("a recipe");
        let numbers = recipe.shards().expect("shards").expect("a plan");
        Shards::new(numbers, &Keys::new(&recipe.canonical()))
    }

    #[test]
    fn a_shard_holds_what_is_promised() {
        for (dedup, within, window) in [
            ("2", "4MiB:1/2", "64MiB"),
            ("3/2", "1MiB:0", "64MiB"),
            ("7.3", "16MiB:1/3", "256MiB"),
            ("1.01", "1MiB:1", "64MiB"),
        ] {
            let plan = plan(&format!("dedup={dedup},within={within},window={window},skip=1MiB"));
            let Numbers { p, q, blocks, classes, behind, .. } = plan.numbers;
            let mut seen = HashSet::new();
            for number in 0..300 {
                let shard = plan.shard(number);
                let own: Vec<u64> = (0..blocks).map(|x| plan.content(number * blocks + x)).collect();
                let older: HashSet<u64> = own.iter().copied().filter(|&c| c < shard.before).collect();
                let copies = own.iter().filter(|&&c| c < shard.before).count();
                assert_eq!(copies, older.len(), "different contents");
                let [from, to] = [number, number + 1].map(|n| n * blocks - plan.contents_before(n));
                let all = (to - from) - (plan.within(to) - plan.within(from));
                if number >= behind && plan.contents_before(number - behind) >= classes * all {
                    assert_eq!(older.len() as u64, all, "shard {number} of {dedup}, {within}");
                }
                seen.extend(own);
                let n = u128::from((number + 1) * blocks);
                assert_eq!(seen.len() as u128, (n * q).div_ceil(p));
            }
        }
    }
}
