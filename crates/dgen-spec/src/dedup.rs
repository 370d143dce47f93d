//! The dedup plan (section 7 of FORMAT.md).

use crate::arranged::Arranged;
use crate::keys::{Keys, range};
use crate::number::word;
use crate::recipe::Recipe;
use crate::shards::Shards;

/// The plan of a stream: which content each block has.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    keys: Keys,
    /// The dedup ratio p/q.
    p: u128,
    q: u128,
    /// S, the skipped contents.
    pub(crate) skipped: u64,
    /// m, the number of bins.
    pub(crate) bins: u64,
    /// B, half the number of slots of a bin.
    pub(crate) half_bin: u64,
    /// M, the number of slots.
    pub(crate) slots: u64,
    /// The plan in the place of this one.
    arranged: Option<Arranged>,
    /// The same of shards.
    shards: Option<Shards>,
}

/// How the content of a duplicate is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copied {
    /// e
    pub(crate) old_enough: u64,
    /// v
    pub(crate) pass: u64,
    /// t
    pub(crate) place: u64,
    /// b
    pub(crate) bin: u64,
    /// s
    pub(crate) pair: u64,
    pub(crate) slot: u64,
    /// The content id.
    pub(crate) content: u64,
}

impl Plan {
    pub(crate) fn new(recipe: &Recipe, keys: &Keys) -> Plan {
        let skipped = recipe.skipped_contents();
        let bins = skipped.max(1);
        let half_bin = (recipe.window_contents() - 2 * skipped) / (2 * bins);
        Plan {
            keys: keys.clone(),
            p: recipe.dedup.numerator().into(),
            q: recipe.dedup.denominator().into(),
            skipped,
            bins,
            half_bin,
            slots: 2 * bins * half_bin,
            arranged: recipe.is_arranged().then(|| Arranged::new(recipe, keys)),
            shards: recipe.shards().flatten().map(|numbers| Shards::new(numbers, keys)),
        }
    }

    /// Whether duplicates are arranged, or those of shards.
    pub(crate) fn is_arranged(&self) -> bool {
        self.arranged.is_some() || self.shards.is_some()
    }

    /// U(i): the number of distinct contents in the first `i` blocks.
    pub(crate) fn distinct(&self, i: u64) -> u64 {
        if let Some(arranged) = &self.arranged {
            return arranged.distinct(i);
        }
        if let Some(shards) = &self.shards {
            return shards.distinct(i);
        }
        word((u128::from(i) * self.q).div_ceil(self.p))
    }

    /// The block in which content `c` first appears; `None` when its number is not below 2^64.
    pub(crate) fn first_block(&self, c: u64) -> Option<u64> {
        if let Some(arranged) = &self.arranged {
            return arranged.first_block(c);
        }
        if let Some(shards) = &self.shards {
            return shards.first_block(c);
        }
        u64::try_from(u128::from(c) * self.p / self.q).ok()
    }

    /// The content id of block `i`.
    pub(crate) fn content(&self, i: u64) -> u64 {
        if let Some(arranged) = &self.arranged {
            return arranged.content(i);
        }
        if let Some(shards) = &self.shards {
            return shards.content(i);
        }
        let u = self.distinct(i);
        if self.distinct(i + 1) > u { u } else { self.copy(i - u, u).content }
    }

    /// Duplicate number `j`, when there are `u` contents.
    pub(crate) fn copy(&self, j: u64, u: u64) -> Copied {
        let old_enough = u - self.skipped.min(u / 2);
        let (pass, place) = (j / self.bins, j % self.bins);
        let bin = (place + range(self.keys.hash(1, pass), self.bins)) % self.bins;
        let pair = bin * self.half_bin + range(self.keys.hash(0, j), self.half_bin);
        let slot = 2 * pair + (pass + u64::from(pair.count_ones())) % 2;
        let content = if slot < old_enough {
            let newest = old_enough - 1;
            newest - (newest - slot) % self.slots
        } else {
            range(self.keys.hash(2, j), old_enough)
        };
        Copied { old_enough, pass, place, bin, pair, slot, content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    const RATIOS: [&str; 13] =
        ["1", "1000000/999999", "1.001", "1.01", "4/3", "1.5", "2", "2.5", "3", "7.3", "10", "100", "1000000"];

    /// Values of `window` and `skip` for blocks of 64 KiB.
    const WINDOWS: [(&str, &str); 8] = [
        ("1", "0"),
        ("1MiB", "64KiB"),
        ("1MiB", "256KiB"),
        ("1088KiB", "0"),
        ("1984KiB", "320KiB"),
        ("4MiB", "1MiB"),
        ("16MiB", "2MiB"),
        ("64MiB", "8MiB"),
    ];

    const MANY: u64 = 20_000;

    fn plan(values: &str) -> (Plan, u64) {
        let recipe = Recipe::parse(&format!("dgen1,seed=9,{values}")).expect("a recipe");
        (Plan::new(&recipe, &Keys::new(&recipe.canonical())), recipe.window_contents())
    }

    /// The plans of all windows with a few ratios, and their W.
    fn windowed_plans() -> impl Iterator<Item = (String, Plan, u64)> {
        WINDOWS.iter().flat_map(|(window, skip)| {
            ["1.01", "1.5", "2", "3", "7.3", "100"].iter().map(move |dedup| {
                let values = format!("block=64KiB,dedup={dedup},window={window},skip={skip}");
                let (plan, w) = plan(&values);
                (values, plan, w)
            })
        })
    }

    #[test]
    fn the_first_blocks_hold_the_promised_contents() {
        for dedup in RATIOS {
            let (plan, _) = plan(&format!("dedup={dedup}"));
            let mut seen = HashSet::new();
            for i in 0..MANY {
                seen.insert(plan.content(i));
                let n = u128::from(i + 1);
                assert_eq!(seen.len() as u128, (n * plan.q).div_ceil(plan.p), "{dedup}, {n} blocks");
                assert_eq!(seen.len() as u64, plan.distinct(i + 1));
            }
        }
    }

    #[test]
    fn contents_first_appear_in_order_where_promised() {
        for dedup in RATIOS {
            let (plan, _) = plan(&format!("dedup={dedup}"));
            let mut contents = 0;
            for i in 0..MANY {
                let content = plan.content(i);
                assert!(content <= contents, "{dedup}, block {i}");
                if content == contents {
                    assert_eq!(u128::from(i), u128::from(content) * plan.p / plan.q, "{dedup}");
                    contents += 1;
                }
            }
        }
    }

    #[test]
    fn copies_are_among_the_newest_contents_of_the_window() {
        for (values, plan, w) in windowed_plans() {
            for start in [0, 1 << 40] {
                for i in start..start + MANY {
                    let content = plan.content(i);
                    assert!(content + w >= plan.distinct(i), "{values}, block {i}");
                }
            }
        }
    }

    #[test]
    fn any_range_holds_few_more_contents_than_the_first_blocks() {
        for (values, plan, w) in windowed_plans() {
            for start in [1, 999, 12_345, (1 << 47) - MANY] {
                let mut seen = HashSet::new();
                for n in 1..=5000 {
                    seen.insert(plan.content(start + n - 1));
                    assert!(seen.len() as u64 <= plan.distinct(n) + w, "{values}, {n} blocks from {start}");
                }
            }
        }
    }

    /// The smallest distance between blocks of equal content where the window is full, of `MANY` blocks.
    fn nearest_repeat(plan: &Plan, w: u64) -> u64 {
        let full = first_full(plan, w);
        assert!(plan.distinct(full) >= w);
        let mut last = HashMap::new();
        let mut nearest = u64::MAX;
        for i in full.saturating_sub(plan.skipped)..full + MANY {
            if let Some(before) = last.insert(plan.content(i), i)
                && i >= full
            {
                nearest = nearest.min(i - before);
            }
        }
        nearest
    }

    #[test]
    fn a_block_is_not_repeated_within_the_skipped_blocks() {
        for (values, plan, w) in windowed_plans() {
            let nearest = nearest_repeat(&plan, w);
            assert!(nearest > plan.skipped, "{values}: {nearest} blocks apart");
        }
    }

    /// The first block of a full window: U(i) >= W.
    fn first_full(plan: &Plan, w: u64) -> u64 {
        word(u128::from(w) * plan.p / plan.q) + 1
    }

    #[test]
    fn a_block_copies_half_of_the_old_enough_contents_with_equal_chances_over_seeds() {
        const SEEDS: u64 = 4000;
        for dedup in ["1.01", "1.5", "2", "3", "10"] {
            for (window, skip) in [("1MiB", "0"), ("1MiB", "256KiB"), ("1984KiB", "320KiB")] {
                let mut counts = HashMap::new();
                let mut slots = 0;
                for seed in 0..SEEDS {
                    let values = format!("dgen1,seed={seed},block=64KiB,dedup={dedup},window={window},skip={skip}");
                    let recipe = Recipe::parse(&values).expect("a recipe");
                    let plan = Plan::new(&recipe, &Keys::new(&recipe.canonical()));
                    let full = first_full(&plan, recipe.window_contents());
                    let i = (full..full + MANY).find(|&i| plan.distinct(i) == plan.distinct(i + 1)).expect("a copy");
                    *counts.entry(plan.distinct(i) - plan.skipped - 1 - plan.content(i)).or_insert(0_u64) += 1;
                    slots = plan.slots;
                }
                assert_eq!(counts.len() as u64, slots / 2);
                assert!(counts.keys().all(|&age| age < slots));
                let expected = 2.0 * SEEDS as f64 / slots as f64;
                let chi_squared: f64 = counts.values().map(|&n| (n as f64 - expected).powi(2) / expected).sum();
                // The mean of chi-squared is M/2 - 1, its variance twice that.
                let degrees = (slots / 2 - 1) as f64;
                assert!(chi_squared < degrees + 5.0 * (2.0 * degrees).sqrt(), "{dedup}, {window}: {chi_squared}");
            }
        }
    }

    #[test]
    fn no_age_is_more_than_twice_as_frequent_as_the_mean_in_a_stream() {
        for (values, plan, w) in windowed_plans() {
            let mut counts = vec![0_u64; crate::number::index(plan.slots)];
            let copies = (first_full(&plan, w)..)
                .filter(|&i| plan.distinct(i) == plan.distinct(i + 1))
                .take(crate::number::index(300 * plan.slots));
            for i in copies {
                counts[crate::number::index(plan.distinct(i) - plan.skipped - 1 - plan.content(i))] += 1;
            }
            let most = counts.iter().max().copied();
            assert!(most < Some(750), "{values}: {most:?}, mean 300");
        }
    }
}
