//! Which layout a page has (FORMAT.md, section 5): the choice among layouts of rising costs, whatever they are.

use crate::calibration::FULL_COST;
use crate::key::Key;
use crate::ratio::Ratio;
use crate::share::Share;

/// Targets are in these parts of a cost.
const ONE: u64 = 1 << 16;
/// Targets with the same upper bits begin their search at the same row.
const CELL_BITS: u32 = 24;
const CELLS: usize = 1 << (32 - CELL_BITS);
/// Domains of the hash.
const SETS: u64 = 8;
const PAGES: u64 = 9;

/// The choice of each page's layout.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    /// All pages have the one target.
    Even {
        /// Share of pages with the second of two layouts, in 2^-32.
        share: u32,
    },
    /// Each page has a target of its own.
    Spread(Box<Spread>),
}

/// Targets around a mean, and the layouts that meet them.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    mean: u64,
    width: u64,
    /// What the layouts cost, in rising order.
    costs: Vec<u32>,
    /// For the upper bits of a target, the last layout that costs no more than such a target at least.
    first: [u16; CELLS],
}

impl Choice {
    /// The choice among `costs`, which rise and end above what the compress ratio asks for; and which of them it is among.
    /// No page of a spread costs less than `apart`, at which the sectors of a page differ.
    pub(crate) fn new(costs: &[u32], apart: u32, compress: Ratio, spread: Share) -> (Self, std::ops::Range<usize>) {
        if spread != Share::ZERO {
            let (spread, used) = Spread::new(costs, apart, compress, spread);
            return (Self::Spread(Box::new(spread)), used);
        }
        let (p, q) = (u128::from(compress.num()), u128::from(compress.den()));
        let target = u128::from(FULL_COST) * q; // in units of 1/p
        let above = costs.iter().position(|&cost| u128::from(cost) * p > target);
        match above.expect("the target is below the last cost") {
            // The ratio is beyond the smallest layout, which is then the only one.
            0 => (Self::Even { share: 0 }, 0..1),
            high => {
                let (low, high_cost) = (u128::from(costs[high - 1]), u128::from(costs[high]));
                let share = ((target - low * p) << 32) / ((high_cost - low) * p);
                let share = u32::try_from(share).expect("the target is below the upper cost");
                (Self::Even { share }, high - 1..high + 1)
            }
        }
    }

    /// The layout of page `number`, as an index into the range given.
    #[inline]
    pub(crate) fn index(&self, key: &Key, number: u64) -> usize {
        match self {
            Self::Even { share } => {
                #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are wanted")]
                let phase = (number as u32).wrapping_mul(*share);
                usize::from(phase.checked_add(*share).is_none())
            }
            Self::Spread(spread) => spread.index(key, number),
        }
    }
}

impl Spread {
    fn new(costs: &[u32], apart: u32, compress: Ratio, spread: Share) -> (Self, std::ops::Range<usize>) {
        let mean = (1 << 32) * compress.den() / compress.num();
        let wanted = mean * spread.num() / spread.den();
        let most = ONE * u64::from(*costs.last().expect("a layout"));
        let width = wanted.min(most - mean).min(mean.saturating_sub(ONE * u64::from(apart)));
        let up_to = |target: u64| costs.iter().take_while(|&&cost| ONE * u64::from(cost) <= target).count();
        let used = up_to(mean - width).saturating_sub(1)..(up_to(mean + width) + 1).min(costs.len());
        let costs = costs[used.clone()].to_vec();
        let mut first = [0; CELLS];
        for (target, first) in (0_u64..).step_by(1 << CELL_BITS).zip(&mut first) {
            let below = costs.iter().take_while(|&&cost| ONE * u64::from(cost) <= target).count();
            *first = u16::try_from(below.saturating_sub(1)).expect("tables have few rows");
        }
        (Self { mean, width, costs, first }, used)
    }

    #[inline]
    fn index(&self, key: &Key, number: u64) -> usize {
        let flip = |bit: u64| 0_u64.wrapping_sub(number >> bit & 1);
        let set = (key.hash(SETS, number / 64) ^ flip(5)) >> 32;
        let own = key.hash(PAGES, 16 * (number / 32) + number % 16) ^ flip(4);
        // The width is at most 2^31, the sum below 2^33.
        let target = self.mean - self.width + ((self.width * (set + (own >> 32) + 1)) >> 32);
        let cell = usize::try_from(target >> CELL_BITS).map_or(CELLS - 1, |cell| cell.min(CELLS - 1));
        let mut row = usize::from(self.first[cell]);
        while let Some(&[low, high]) = self.costs.get(row..).and_then(<[u32]>::first_chunk) {
            let (low, high) = (u64::from(low), u64::from(high));
            if target < ONE * high {
                let above = target.saturating_sub(ONE * low);
                return row + usize::from((own & u64::from(u32::MAX)) * (high - low) < above * ONE);
            }
            row += 1;
        }
        row
    }
}
