//! The plan of arranged duplicates (section 7 of FORMAT.md).

use crate::duplicates::{Arrangement, Reuse};
use crate::keys::{Keys, range};
use crate::number::{index, word};
use crate::ratio::Ratio;
use crate::recipe::Recipe;

/// The plan of a stream whose duplicates are arranged.
#[derive(Clone, Debug)]
pub(crate) struct Arranged {
    keys: Keys,
    numbers: Arrangement,
    /// The dedup ratio p/q, and d = p - q.
    p: u128,
    q: u128,
    d: u128,
}

/// The run of a duplicate.
#[derive(Clone, Copy, Debug)]
struct Run {
    number: u64,
    first: u64,
    length: u64,
    /// u
    contents: u64,
}

impl Arranged {
    pub(crate) fn new(recipe: &Recipe, keys: &Keys) -> Arranged {
        let (p, q) = (recipe.dedup.numerator().into(), recipe.dedup.denominator().into());
        Arranged { keys: keys.clone(), numbers: recipe.arrangement(), p, q, d: p - q }
    }

    /// D(n)
    fn without_runs(&self, n: u64) -> u64 {
        word((u128::from(n) * self.q).div_ceil(self.p)).max(n.min(self.numbers.ahead))
    }

    /// G(j)
    fn before(&self, j: u64) -> u64 {
        word((u128::from(j + 1) * self.q).div_ceil(self.d)).max(self.numbers.ahead)
    }

    /// Q(c)
    fn copies(&self, c: u64) -> u64 {
        word(u128::from(c) * self.d / self.q)
    }

    fn run(&self, j: u64) -> Run {
        let Arrangement { least, most, .. } = self.numbers;
        let couple = j / (least + most);
        let first_length = least + range(self.keys.hash(3, couple), most - least + 1);
        let start = couple * (least + most);
        let (number, first, length) = if j < start + first_length {
            (2 * couple, start, first_length)
        } else {
            (2 * couple + 1, start + first_length, least + most - first_length)
        };
        Run { number, first, length, contents: self.before(first + length - 1) }
    }

    /// The number of distinct contents in the first `n` blocks.
    pub(crate) fn distinct(&self, n: u64) -> u64 {
        if self.d == 0 {
            return n;
        }
        let run = self.run(n - self.without_runs(n));
        (n - run.first).min(run.contents)
    }

    /// The block in which content `c` first appears; `None` when its number is not below 2^62.
    pub(crate) fn first_block(&self, c: u64) -> Option<u64> {
        let end = u128::from(c) * self.p / self.q;
        if self.d == 0 || c < self.numbers.ahead || end >= 1 << 62 {
            return Some(c).filter(|_| end < 1 << 62);
        }
        Some(c + self.run(self.copies(c)).first)
    }

    /// The content id of block `i`.
    pub(crate) fn content(&self, i: u64) -> u64 {
        if self.d == 0 {
            return i;
        }
        let run = self.run(i - self.without_runs(i));
        if i < run.first + run.contents {
            i - run.first
        } else if self.numbers.reuse == Reuse::Fixed {
            self.fixed(run.first)
        } else {
            self.copy(run, i - run.contents - run.first)
        }
    }

    /// A: the pairs that are old enough among `contents`.
    fn old_pairs(&self, contents: u64) -> u64 {
        contents.saturating_sub(self.numbers.skipped) / (2 * self.numbers.most)
    }

    /// The content of block number `y` of a run.
    fn copy(&self, run: Run, y: u64) -> u64 {
        let Arrangement { least, most, skipped, bins, pairs, .. } = self.numbers;
        let (pass, place) = (run.number / bins, run.number % bins);
        let bin = (place + range(self.keys.hash(1, pass), bins)) % bins;
        let first_of_pass = pass * bins / 2 * (least + most);
        let mut pairs = pairs.min((self.old_pairs(self.before(first_of_pass)) / bins).max(1));
        let within = if let Reuse::Zipf(exponent) = self.numbers.reuse {
            let bits = pairs.ilog2();
            pairs = 1 << bits;
            reversed(self.rank(exponent, bits, run.number), bits)
        } else {
            range(self.keys.hash(0, run.number), pairs)
        };
        let slot = bin * pairs + within;
        let old = self.old_pairs(run.contents);
        if slot >= old {
            let old_enough = run.contents - skipped.min(run.contents / 2);
            return (range(self.keys.hash(2, run.number), old_enough) + y) % old_enough;
        }
        let pair = old - 1 - (old - 1 - slot) % (bins * pairs);
        let cell = 2 * pair + (pass + u64::from(pair.count_ones())) % 2;
        cell * most + range(self.keys.hash(4, run.number), most - run.length + 1) + y
    }

    /// A rank below 2^`bits`.
    fn rank(&self, exponent: Ratio, bits: u32, run: u64) -> u64 {
        let factor = u128::from(power_of_half(exponent));
        let mut weights = Vec::new();
        let mut weight = 1_u128 << 32;
        for band in 0..=bits {
            weights.push(weight * if band == 0 { 1 } else { 1 << (band - 1) });
            weight = (weight * factor) >> 32;
        }
        let mut drawn = u128::from(range(self.keys.hash(0, run), word(weights.iter().sum())));
        let mut band = 0;
        while drawn >= weights[index(band)] {
            drawn -= weights[index(band)];
            band += 1;
        }
        if band == 0 {
            return 0;
        }
        let ranks = 1 << (band - 1);
        ranks + range(self.keys.hash(5, run), ranks)
    }

    /// E(c)
    fn extras(&self, c: u64) -> u64 {
        word(u128::from(c) * (self.d % self.q) / self.q)
    }

    /// The content of duplicate `j` with `reuse=fixed`.
    fn fixed(&self, j: u64) -> u64 {
        let Arrangement { skipped, half, apart, .. } = self.numbers;
        let contents = self.before(j);
        if apart && j < self.copies(skipped + 4 * half - 1) {
            let layer = j / half;
            return layer % 2 * half + self.keys.shuffle(layer * half, half, j % half);
        }
        if contents < skipped + 2 * half {
            return range(self.keys.hash(2, j), contents - skipped.min(contents / 2));
        }
        let base = ((contents - skipped) / (2 * half) - 1) * 2 * half;
        let y = base + 2 * half + skipped - 1;
        let (first, middle, end) = (self.extras(y), self.extras(y + half), self.extras(y + 2 * half));
        let mut n = j - self.copies(y);
        let every = 2 * half * word(self.d / self.q);
        let extra = if n < middle - first {
            first + self.keys.shuffle(j - n, middle - first, n)
        } else {
            n -= middle - first;
            if n < every {
                let place = n % half;
                return base + (n / half + 1) % 2 * half + self.keys.shuffle(j - place, half, place);
            }
            n -= every;
            middle + self.keys.shuffle(j - n, end - middle, n)
        };
        base + word((u128::from(extra + 1) * self.q).div_ceil(self.d % self.q)) - 1 - y
    }
}

/// T: 2^32 times 2 to the power of minus an exponent.
fn power_of_half(exponent: Ratio) -> u64 {
    let n = u128::from(exponent.numerator()) * 65536 / u128::from(exponent.denominator());
    let mut value = 1_u128 << (32 - n / 65536);
    let mut root = (1_u128 << 125).isqrt();
    for bit in (0..16).rev() {
        if n >> bit & 1 == 1 {
            value = (value * root) >> 63;
        }
        root = (root << 63).isqrt();
    }
    word(value)
}

/// The lowest `bits` bits of a number, in reverse order.
fn reversed(number: u64, bits: u32) -> u64 {
    (0..bits).fold(0, |reversed, bit| reversed << 1 | number >> bit & 1)
}
