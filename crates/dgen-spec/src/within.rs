//! The value of `within`, and the numbers that follow from it (sections 1 and 7 of FORMAT.md).

use crate::number::word;
use crate::ratio::Ratio;
use crate::share::Share;
use crate::size;
use std::fmt;

/// A value of `within` other than `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Within {
    size: u64,
    share: Share,
}

impl Within {
    /// Reads `none`, which is `None`, or size and share.
    #[allow(clippy::option_option, reason = "a text may be no value at all")]
    pub(crate) fn parse(text: &str) -> Option<Option<Within>> {
        if text == "none" {
            return Some(None);
        }
        let (size, share) = text.split_once(':')?;
        Some(Some(Within { size: size::parse(size)?, share: Share::parse(share)? }))
    }

    pub(crate) fn is_in_range(self) -> bool {
        (1..=1 << 40).contains(&self.size) && self.share.is_within_one()
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", size::canonical(self.size), self.share)
    }
}

/// The numbers of the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    /// The dedup ratio p/q.
    pub(crate) p: u128,
    pub(crate) q: u128,
    /// The share e/f.
    pub(crate) e: u128,
    pub(crate) f: u128,
    pub(crate) window: u64,
    pub(crate) skipped: u64,
    /// Z
    pub(crate) blocks: u64,
    /// κ and K
    pub(crate) behind: u64,
    pub(crate) classes: u64,
    /// V
    pub(crate) room: u64,
}

impl Numbers {
    /// The numbers of `within`, whose values are in range, in a window with a skipped part; `None` where there is no such plan.
    pub(crate) fn new(window: u64, skipped: u64, block: u64, dedup: Ratio, within: Within) -> Option<Numbers> {
        let (p, q) = (u128::from(dedup.numerator()), u128::from(dedup.denominator()));
        let (e, f) = (u128::from(within.share.numerator()), u128::from(within.share.denominator()));
        let blocks = within.size / block;
        let whole = within.size.is_multiple_of(block);
        if !whole || u128::from(blocks) * q < p {
            return None;
        }
        let behind = skipped.div_ceil(blocks);
        let classes = behind + 1;
        let new = word((u128::from(blocks) * q).div_ceil(p));
        let copies = u128::from(blocks) - u128::from(blocks) * q / p;
        let across = word((copies * (f - e)).div_ceil(f));
        let room = window.saturating_sub(classes * new) / classes;
        (across <= room).then_some(Numbers { p, q, e, f, window, skipped, blocks, behind, classes, room })
    }
}
