//! Which content each block holds where a recipe says how duplicates lie: `early`, `reuse`, `runs` (FORMAT.md, section 7).

use super::number::{down, quotient, up};
use crate::key::{Key, range};
use crate::recipe::{Duplicates, Early, Exponent, Recipe, Reuse};

const DRAW: u64 = 0;
const ROTATE: u64 = 1;
const EARLY: u64 = 2;
const LENGTH: u64 = 3;
const PLACE: u64 = 4;
const WITHIN: u64 = 5;

/// Bands of ranks: the first alone, then 1, 2, 4 and so on; a window has fewer than 2^28 contents.
const BANDS: usize = 30;

/// The plan of a stream whose duplicates are arranged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arranged {
    key: Key,
    /// Ratio p/q, and p - q.
    p: u64,
    q: u64,
    d: u64,
    /// Contents that duplicates skip.
    skip: u64,
    /// Lengths of runs; the largest is that of a cell.
    least: u64,
    most: u64,
    /// Bins drawn from in turn, and the most pairs of cells in one.
    bins: u64,
    pairs: u64,
    /// Blocks at the beginning that are all new.
    ahead: u64,
    choice: Choice,
}

/// What a duplicate copies.
#[allow(clippy::large_enum_variant, reason = "a stream has one of these")]
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// Each pair of a bin equally often.
    Even,
    /// The pairs of a bin by rank: sums of the bands' weights.
    Ranked([u64; BANDS + 1]),
    /// Each content equally often: contents in half a generation.
    Fixed(u64),
}

/// A run of duplicates.
struct Run {
    number: u64,
    /// The first of its duplicates, and how many they are.
    first: u64,
    length: u64,
    /// Contents before it.
    known: u64,
}

impl Arranged {
    pub(crate) fn new(recipe: &Recipe, duplicates: Duplicates, key: Key) -> Self {
        let (window, skip) = (recipe.window_blocks(), recipe.skip_blocks());
        let (p, q) = (recipe.dedup_ratio().num(), recipe.dedup_ratio().den());
        let (least, most) = (duplicates.runs.least, duplicates.runs.most);
        let (bins, pairs) = (duplicates.bins(skip), duplicates.pairs(window, skip, recipe.block_size()));
        let choice = match duplicates.reuse {
            Reuse::Uniform | Reuse::Recent(_) => Choice::Even,
            Reuse::Zipf(exponent) => Choice::Ranked(bands(exponent)),
            Reuse::Fixed => Choice::Fixed((window - skip) / 4),
        };
        let ahead = match (duplicates.early, choice) {
            (Early::Exact, _) => 0,
            (Early::Apart, Choice::Fixed(half)) => skip + 2 * half,
            (Early::Apart, _) => skip + 2 * bins * most,
        };
        Self { key, p, q, d: p - q, skip, least, most, bins, pairs, ahead, choice }
    }

    /// Contents of the first `n` blocks, if each duplicate were a run.
    #[inline]
    fn spread(&self, n: u64) -> u64 {
        up(n, self.q, self.p).max(n.min(self.ahead))
    }

    /// Contents before duplicate `j`, if each were a run.
    #[inline]
    fn known(&self, j: u64) -> u64 {
        up(j + 1, self.q, self.d).max(self.ahead)
    }

    /// Duplicates that have their place before content `c`, counted without a pause at the beginning.
    #[inline]
    fn due(&self, c: u64) -> u64 {
        down(c, self.d, self.q)
    }

    /// The run of duplicate `j`.
    #[inline]
    fn run(&self, j: u64) -> Run {
        let both = self.least + self.most;
        let (couple, within) = (j / both, j % both);
        let more = match self.most - self.least {
            0 => 0,
            span => range(self.key.hash(LENGTH, couple), span + 1),
        };
        let (number, first, length) = if within < self.least + more {
            (2 * couple, couple * both, self.least + more)
        } else {
            (2 * couple + 1, couple * both + self.least + more, self.most - more)
        };
        Run { number, first, length, known: self.known(first + length - 1) }
    }

    /// Distinct contents in the first `n` blocks.
    pub(crate) fn distinct(&self, n: u64) -> u64 {
        let run = self.run(n - self.spread(n));
        (n - run.first).min(run.known)
    }

    /// The content id of block `i`.
    #[inline]
    pub(crate) fn content(&self, i: u64) -> u64 {
        let run = self.run(i - self.spread(i));
        if i < run.first + run.known {
            return i - run.first;
        }
        match &self.choice {
            Choice::Fixed(half) => self.fixed(run.first, run.known, *half),
            Choice::Even => self.copied(&run, i - run.known - run.first, None),
            Choice::Ranked(bands) => self.copied(&run, i - run.known - run.first, Some(bands)),
        }
    }

    /// The block in which content `c` first appears.
    pub(crate) fn first_block(&self, c: u64) -> Option<u64> {
        if c < self.ahead {
            return Some(c);
        }
        let due = quotient(c, self.d, self.q)?;
        // Far outside the stream, sums need not fit.
        let near = due < 1 << 62;
        near.then(|| self.run(due).first).and_then(|first| c.checked_add(first))
    }

    /// Pairs of cells that are old enough when `known` contents exist.
    #[inline]
    fn old(&self, known: u64) -> u64 {
        known.saturating_sub(self.skip) / (2 * self.most)
    }

    /// The content that block `place` of a run copies.
    #[inline]
    fn copied(&self, run: &Run, place: u64, bands: Option<&[u64; BANDS + 1]>) -> u64 {
        let (visit, turn) = (run.number / self.bins, run.number % self.bins);
        // Lengths of runs add up in couples, and a visit begins with a couple.
        let begun = self.known(visit * self.bins / 2 * (self.least + self.most));
        let pairs = (self.old(begun) / self.bins).clamp(1, self.pairs);
        let bin = (turn + range(self.key.hash(ROTATE, visit), self.bins)) % self.bins;
        let (pairs, s) = match bands {
            None => (pairs, bin * pairs + range(self.key.hash(DRAW, run.number), pairs)),
            Some(bands) => {
                let levels = pairs.ilog2();
                (1 << levels, (bin << levels) + self.ranked(bands, levels, run.number))
            }
        };
        let old = self.old(run.known);
        if s >= old {
            let known = run.known - self.skip.min(run.known / 2);
            return (range(self.key.hash(EARLY, run.number), known) + place) % known;
        }
        let pair = old - 1 - (old - 1 - s) % (self.bins * pairs);
        let cell = 2 * pair + (visit + u64::from(pair.count_ones())) % 2;
        let start = match self.most - run.length {
            0 => 0,
            spare => range(self.key.hash(PLACE, run.number), spare + 1),
        };
        cell * self.most + start + place
    }

    /// One of 2^`levels` pairs, drawn by rank; ranks lie spread over the bin.
    fn ranked(&self, bands: &[u64; BANDS + 1], levels: u32, run: u64) -> u64 {
        let sums = &bands[..levels as usize + 2];
        let drawn = range(self.key.hash(DRAW, run), sums[levels as usize + 1]);
        let band = sums.partition_point(|&sum| sum <= drawn) - 1;
        let rank = match band {
            0 => 0,
            _ => (1 << (band - 1)) + range(self.key.hash(WITHIN, run), 1 << (band - 1)),
        };
        if levels == 0 { 0 } else { rank.reverse_bits() >> (64 - levels) }
    }

    /// The content of duplicate `j`, before which `known` contents exist, where each is copied equally often: a
    /// generation of 2·`half` contents is copied while another is made.
    fn fixed(&self, j: u64, known: u64, half: u64) -> u64 {
        let whole = 2 * half;
        if self.ahead > 0 && j < self.due(self.skip + 2 * whole - 1) {
            let layer = j / half;
            return layer % 2 * half + self.key.shuffled(layer * half, half, j % half);
        }
        if known < self.skip + whole {
            return range(self.key.hash(EARLY, j), known - self.skip.min(known / 2));
        }
        let generation = (known - self.skip) / whole - 1;
        let base = generation * whole;
        let y = base + whole + self.skip - 1;
        let (layers, rest) = (self.d / self.q, self.d % self.q);
        let extra = |c: u64| down(c, rest, self.q);
        let (begin, middle, end) = (extra(y), extra(y + half), extra(y + whole));
        let begun = self.due(y);
        let at = j - begun;
        let extras = middle - begin;
        let body = 2 * half * layers;
        if at >= extras && at < extras + body {
            let (layer, place) = ((at - extras) / half, (at - extras) % half);
            return base + (layer + 1) % 2 * half + self.key.shuffled(j - place, half, place);
        }
        let (from, count, place) =
            if at < extras { (begin, extras, at) } else { (middle, end - middle, at - extras - body) };
        let number = from + self.key.shuffled(j - place, count, place);
        base + up(number + 1, self.q, rest) - 1 - y
    }
}

/// Sums of the weights of the bands before each: a rank of a band weighs 2^-exponent of a rank of the band before.
fn bands(exponent: Exponent) -> [u64; BANDS + 1] {
    let step = u128::from(falling(exponent.fixed()));
    let mut sums = [0; BANDS + 1];
    let mut weight = 1_u64 << 32;
    for band in 0..BANDS {
        let ranks = if band == 0 { 1 } else { 1 << (band - 1) };
        sums[band + 1] = sums[band] + ranks * weight;
        weight = u64::try_from((u128::from(weight) * step) >> 32).expect("at most 2^32");
    }
    sums
}

/// 2^32 · 2^-(n / 2^16), of roots that are rounded down.
fn falling(n: u64) -> u64 {
    let mut value = 1_u128 << (32 - (n >> 16));
    let mut root = (1_u128 << 125).isqrt();
    for bit in (0..16).rev() {
        if n >> bit & 1 == 1 {
            value = (value * root) >> 63;
        }
        root = (root << 63).isqrt();
    }
    u64::try_from(value).expect("at most 2^32")
}
