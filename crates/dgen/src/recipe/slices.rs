//! A duplicate window with which slices of a stated size have the dedup ratio, too.

use super::{DEFAULT_SKIP, DEFAULT_WINDOW, Duplicates, Early, MIN_WINDOW_BLOCKS};
use crate::error::{Error, Result};
use crate::ratio::Ratio;
use crate::share::Share;
use crate::units::exact_size;

/// What duplicates skip beside a window of `window` bytes, where nothing else is said: the default, as far as a quarter of the
/// window holds it.
pub fn skip_beside(window: u64, block: u64) -> u64 {
    let block = block.max(1);
    let blocks = (window / block).max(MIN_WINDOW_BLOCKS);
    DEFAULT_SKIP.min((blocks / 4).saturating_mul(block))
}

/// Slices in which the ratio is to hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slices {
    pub(super) size: u64,
    pub(super) tolerance: Share,
}

impl Slices {
    /// The window in bytes: the default where that is small enough, else the largest that is.
    ///
    /// A slice of n blocks holds at most ceil(n·q/p) + W contents, and with runs less than MAX more (FORMAT.md, section 7).
    pub(super) fn window(self, dedup: Ratio, block: u64, duplicates: &Duplicates) -> Result<u64> {
        if self.tolerance.num() == 0 || 2 * self.tolerance.num() > self.tolerance.den() {
            return Err(Error::invalid("slice", self.tolerance, "a tolerance above 0, up to 1/2"));
        }
        if duplicates.early == Early::Apart {
            return Err(Error::invalid("slice", "early=apart", "early=exact, since the first slices would be all new"));
        }
        if duplicates.within.is_some() {
            return Err(Error::invalid("slice", "within", "no shards, which have a window of their own size"));
        }
        if block == 0 || dedup.is_one() {
            return Ok(DEFAULT_WINDOW);
        }
        let (p, q) = (u128::from(dedup.num()), u128::from(dedup.den()));
        let (t, of) = (u128::from(self.tolerance.num()), u128::from(self.tolerance.den()));
        let more = u128::from(duplicates.runs.most - 1);
        // Blocks of which a ratio in a slice of n may be short: n·q/p · t/(1 - t).
        let n = u128::from(self.size / block);
        let spare = (n * q * of / (p * (of - t))).saturating_sub((n * q).div_ceil(p) + more);
        let least = u128::from(MIN_WINDOW_BLOCKS);
        if spare < least {
            let blocks = ((least + more + 2) * p * (of - t)).div_ceil(q * t) * u128::from(block);
            let bytes = u64::try_from(blocks).unwrap_or(u64::MAX);
            let of = exact_size(block);
            let accepted = format!(
                "{} or more for blocks of {of}, a dedup ratio of {dedup} and a tolerance of {}; smaller blocks take smaller slices",
                exact_size(bytes),
                self.tolerance
            );
            return Err(Error::invalid("slice", exact_size(self.size), &accepted));
        }
        let default = (DEFAULT_WINDOW / block).max(MIN_WINDOW_BLOCKS);
        let blocks = u64::try_from(spare).unwrap_or(u64::MAX);
        Ok(if blocks >= default { DEFAULT_WINDOW } else { blocks * block })
    }
}
