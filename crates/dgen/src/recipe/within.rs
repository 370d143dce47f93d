//! What part of the duplicates lies within one file or shard: the value of `within` (FORMAT.md, sections 1 and 7).

use std::fmt;

use super::spelling::plain_size;
use crate::error::{Error, Result};
use crate::ratio::{Ratio, rational};
use crate::share::Share;
use crate::units::exact_size;

/// Largest shard.
const MAX_SHARD: u64 = 1 << 40;

const FORMS: &str = "SIZE:SHARE with a size of 1 byte to 1 TiB and a share from 0 to 1, as 64MiB:1/2";

/// The size of shards, and the share of duplicates that copy contents of their own shard; the others copy those of earlier
/// shards, each shard different ones.
///
/// ```
/// let within: dgen::Within = "64MiB:0.5".parse()?;
/// assert_eq!(within.to_string(), "64MiB:1/2");
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Within {
    size: u64,
    share: Share,
}

impl Within {
    /// Shards of `size` bytes.
    ///
    /// # Errors
    /// Names the size and the accepted range.
    pub fn new(size: u64, share: Share) -> Result<Self> {
        let within = Self { size, share };
        let in_range = (1..=MAX_SHARD).contains(&size);
        in_range.then_some(within).ok_or_else(|| Error::invalid("within", within, FORMS))
    }

    /// Bytes of a shard.
    pub fn size(self) -> u64 {
        self.size
    }

    /// The share of duplicates that copy contents of their own shard.
    pub fn share(self) -> Share {
        self.share
    }

    /// The numbers of the plan in a window with a skipped part, in blocks.
    pub(super) fn sharding(self, window: u64, skip: u64, block: u64, dedup: Ratio) -> Result<Sharding> {
        let (p, q) = (u128::from(dedup.num()), u128::from(dedup.den()));
        let blocks = self.size / block;
        if !self.size.is_multiple_of(block) || u128::from(blocks) * q < p {
            let least = u64::try_from(p.div_ceil(q)).unwrap_or(u64::MAX) * block;
            let accepted = format!(
                "a multiple of the block, {}, from {} on for this dedup ratio",
                exact_size(block),
                exact_size(least)
            );
            return Err(Error::invalid("within", self, &accepted));
        }
        let behind = skip.div_ceil(blocks);
        let classes = behind + 1;
        let copies = u128::from(blocks) - u128::from(blocks) * q / p;
        let others = u128::from(self.share.den() - self.share.num());
        let small = |count: u128| u64::try_from(count).expect("at most a shard's blocks");
        let new = small((u128::from(blocks) * q).div_ceil(p));
        let across = small((copies * others).div_ceil(u128::from(self.share.den())));
        let room = window.saturating_sub(classes.saturating_mul(new)) / classes;
        if across > room {
            let least = classes.saturating_mul(new + across).saturating_mul(block);
            let accepted = format!(
                "a window of {} or more for this size and share, {} here",
                exact_size(least),
                exact_size(window * block)
            );
            return Err(Error::invalid("within", self, &accepted));
        }
        Ok(Sharding { blocks, share: self.share, behind, room })
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", exact_size(self.size), self.share)
    }
}

impl std::str::FromStr for Within {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let reject = || Error::invalid("within", format_args!("`{text}`"), FORMS);
        let (size, share) = text.split_once(':').ok_or_else(reject)?;
        let (e, f) = rational(share).ok_or_else(reject)?;
        let share = Share::new("within", e, f).map_err(|_| reject())?;
        Self::new(plain_size(size).ok_or_else(reject)?, share).map_err(|_| reject())
    }
}

/// The numbers of the plan of shards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sharding {
    /// Blocks of a shard.
    pub(crate) blocks: u64,
    pub(crate) share: Share,
    /// Shards before one that it copies nothing of; one less than the classes of contents.
    pub(crate) behind: u64,
    /// Contents of a class that a shard may copy.
    pub(crate) room: u64,
}
