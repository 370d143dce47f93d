//! Pages that cost more and less than the mean (section 5 of FORMAT.md).

use crate::keys::Keys;
use crate::number::{high, low, product, word};
use crate::ratio::Ratio;
use crate::share::Share;

/// Targets are in these parts of a cost.
const ONE: u64 = 1 << 16;

/// The targets of pages, and the rows that they are met with.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    /// What the rows cost.
    costs: Vec<u64>,
    /// The target of the stream: x.
    mean: u64,
    /// How far pages are from it: w.
    width: u64,
}

impl Spread {
    /// What `spread` makes of a ratio that the rows reach; `None` for 0. No page is to cost less than `apart`.
    pub(crate) fn new(apart: u64, costs: Vec<u64>, compress: Ratio, spread: Share) -> Option<Spread> {
        if spread == Share::ZERO {
            return None;
        }
        let mean = (1 << 32) * compress.denominator() / compress.numerator();
        let wanted = mean * spread.numerator() / spread.denominator();
        let most = ONE * costs.last().expect("a row");
        let width = wanted.min(most - mean).min(mean.saturating_sub(ONE * apart));
        Some(Spread { costs, mean, width })
    }

    /// The target of page `n`, T, and what decides between two layouts, the lower half of h.
    pub(crate) fn target(&self, keys: &Keys, n: u64) -> (u64, u64) {
        const HALF: u64 = (1 << 32) - 1;
        let set = keys.hash(8, n / 64) >> 32;
        let set = if n / 32 % 2 == 1 { HALF - set } else { set };
        let own = keys.hash(9, 16 * (n / 32) + n % 16);
        let own = if n / 16 % 2 == 1 { u64::MAX - own } else { own };
        let sum = product(self.width, set + (own >> 32) + 1);
        (self.mean - self.width + word(u128::from(high(sum)) << 32 | u128::from(low(sum) >> 32)), own & HALF)
    }

    /// The row of page `n`.
    pub(crate) fn row(&self, keys: &Keys, n: u64) -> usize {
        let (target, chance) = self.target(keys, n);
        match self.costs.iter().position(|cost| ONE * cost > target) {
            None => self.costs.len() - 1,
            Some(0) => 0,
            Some(b) => {
                let (from, to) = (self.costs[b - 1], self.costs[b]);
                let is_b = chance * (to - from) < (target - ONE * from) * ONE;
                if is_b { b } else { b - 1 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces;
    use crate::texture::{Texture, Tune, used_rows};

    const SAMPLE: u64 = 64 * 400;

    fn spread(texture: Texture, tune: Tune, compress: &str, spread: &str) -> Spread {
        let (compress, share) = (Ratio::parse(compress).expect("a ratio"), Share::parse(spread).expect("a share"));
        let (apart, costs) = if texture.is_made() {
            let costs = pieces::costs(texture, tune);
            (costs[0], costs)
        } else {
            let rows = used_rows(texture, tune);
            let apart = rows.iter().find(|row| row.runs.len() > 1).expect("such a row").cost;
            (apart, rows.iter().map(|row| row.cost).collect())
        };
        Spread::new(apart, costs, compress, share).expect("not zero")
    }

    #[test]
    fn targets_have_the_mean_and_the_width() {
        let keys = Keys::new("any text");
        for (compress, share, width) in [("2", "1", 0.918), ("2", "7/10", 0.7), ("3", "1/2", 0.5), ("4/3", "1", 0.333)]
        {
            let spread = spread(Texture::Repeat, Tune::Any, compress, share);
            assert!((spread.width as f64 / spread.mean as f64 - width).abs() < 0.001, "{compress}, {share}");
            let deviation = 0.408 * width;
            for first in [0, 64 * 12345, 1 << 50] {
                let targets: Vec<u64> = (first..first + SAMPLE).map(|n| spread.target(&keys, n).0).collect();
                for some in targets.chunks(64) {
                    let sum: u64 = some.iter().sum();
                    assert!(sum <= 64 * spread.mean && sum + 64 >= 64 * spread.mean, "{compress}, {share}: {sum}");
                }
                let (mean, width) = (spread.mean as f64, spread.width as f64);
                assert!(targets.iter().all(|target| target.abs_diff(spread.mean) <= spread.width));
                let squares: f64 = targets.iter().map(|target| (*target as f64 - mean).powi(2)).sum();
                let found = (squares / SAMPLE as f64).sqrt() / mean;
                assert!((found / deviation - 1.0).abs() < 0.05, "{compress}, {share}: {found}, not {deviation}");
                // The pages of a set together: even shares over half of the width.
                let sets = targets.chunks(32).map(|set| set.iter().sum::<u64>() as f64 / 32.0 - mean);
                let squares: f64 = sets.map(|set| set.powi(2)).sum();
                let found = (squares / (SAMPLE / 32) as f64).sqrt() / width;
                assert!((found / 0.2887 - 1.0).abs() < 0.08, "{compress}, {share}: {found} of the width for sets");
            }
        }
    }

    #[test]
    fn costs_have_the_mean() {
        let keys = Keys::new("any text");
        for texture in [Texture::Repeat, Texture::Zeros, Texture::Lz, Texture::Text] {
            for tune in [Tune::Any, Tune::Lz4, Tune::Zstd, Tune::Zlib, Tune::Snappy] {
                for (compress, share) in
                    [("1.1", "1"), ("1.5", "1/2"), ("2", "1"), ("3", "3/4"), ("7", "1"), ("19", "1")]
                {
                    let ratio = Ratio::parse(compress).expect("a ratio");
                    if texture.is_made() && !pieces::reaches(texture, tune, ratio) {
                        continue;
                    }
                    let spread = spread(texture, tune, compress, share);
                    let total: u64 = (0..SAMPLE).map(|n| spread.costs[spread.row(&keys, 640_000 + n)]).sum();
                    let (found, asked) = (total as f64 / SAMPLE as f64, spread.mean as f64 / 65536.0);
                    assert!(
                        (found / asked - 1.0).abs() < 0.002,
                        "{texture:?} {tune:?} {compress}: {found}, not {asked}"
                    );
                }
            }
        }
    }
}
