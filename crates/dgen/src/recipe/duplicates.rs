//! How duplicates lie in a stream: the values of `early`, `reuse` and `runs` (FORMAT.md, section 1).

use std::fmt;
use std::str::FromStr;

use super::spelling::{fraction, plain_size};
use super::within::{Sharding, Within};
use crate::calibration::named;
use crate::error::{Error, Result};
use crate::ratio::{self, Ratio};
use crate::units::{exact_size, parse_digits};

/// Largest length of a run.
pub const MAX_RUN: u64 = 65_536;
/// Largest exponent of `reuse=zipf`.
const MAX_EXPONENT: u64 = 4;

const REUSE_FORMS: &str = "uniform, recent:SIZE, zipf:EXPONENT with an exponent up to 4, fixed";
const RUN_FORMS: &str = "a length, or the least and the largest as 4-16, from 1 to 65536";

/// How a stream begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Early {
    /// Each first part of the stream has the dedup ratio; the first duplicates lie near their originals.
    #[default]
    Exact,
    /// The stream begins with blocks that are all new, so that no duplicate is ever near.
    Apart,
}

named!(Early, "early", "exact" => Exact, "apart" => Apart);

/// An exponent above 0: a rational number in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exponent {
    num: u64,
    den: u64,
}

impl Exponent {
    /// The exponent in 2^-16, rounded down.
    pub(crate) fn fixed(self) -> u64 {
        #[expect(clippy::cast_possible_truncation, reason = "an exponent is at most 4")]
        let fixed = ((u128::from(self.num) << 16) / u128::from(self.den)) as u64;
        fixed
    }
}

impl fmt::Display for Exponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ratio::show(f, self.num, self.den)
    }
}

/// Which of the contents that are old enough a duplicate copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reuse {
    /// All of the window, equally often.
    #[default]
    Uniform,
    /// The newest so many bytes of them.
    Recent(u64),
    /// Some far more often than others: shares that fall as the power of the rank.
    Zipf(Exponent),
    /// Each content exactly as often as the others.
    Fixed,
}

impl fmt::Display for Reuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Recent(size) => write!(f, "recent:{}", exact_size(*size)),
            Self::Zipf(exponent) => write!(f, "zipf:{exponent}"),
            Self::Fixed => f.write_str("fixed"),
        }
    }
}

impl FromStr for Reuse {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let reject = || Error::invalid("reuse", format_args!("`{text}`"), REUSE_FORMS);
        match text.split_once(':') {
            None if text == "uniform" => Ok(Self::Uniform),
            None if text == "fixed" => Ok(Self::Fixed),
            Some(("recent", size)) => plain_size(size).map(Self::Recent).ok_or_else(reject),
            Some(("zipf", exponent)) => {
                let (num, den) = fraction(exponent).ok_or_else(reject)?;
                let in_range = u128::from(num) <= u128::from(MAX_EXPONENT) * u128::from(den);
                in_range.then_some(Self::Zipf(Exponent { num, den })).ok_or_else(reject)
            }
            _ => Err(reject()),
        }
    }
}

/// How many blocks in a row copy contents that lie in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Runs {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Runs {
    /// Each duplicate for itself.
    pub const ONE: Self = Self { least: 1, most: 1 };

    /// Runs of `least` to `most` blocks.
    ///
    /// # Errors
    /// Names the values and the accepted range.
    pub fn new(least: u64, most: u64) -> Result<Self> {
        if least == 0 || least > most || most > MAX_RUN {
            return Err(Error::invalid("runs", format_args!("{least}-{most}"), RUN_FORMS));
        }
        Ok(Self { least, most })
    }
}

impl Default for Runs {
    fn default() -> Self {
        Self::ONE
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most { write!(f, "{}", self.least) } else { write!(f, "{}-{}", self.least, self.most) }
    }
}

impl FromStr for Runs {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let reject = || Error::invalid("runs", format_args!("`{text}`"), RUN_FORMS);
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        let (least, most) = parse_digits(least).zip(parse_digits(most)).ok_or_else(reject)?;
        Self::new(least, most)
    }
}

/// The values of a recipe that say how duplicates lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Duplicates {
    pub(crate) early: Early,
    pub(crate) reuse: Reuse,
    pub(crate) runs: Runs,
    pub(crate) within: Option<Within>,
}

impl Duplicates {
    /// The numbers of the plan of shards in a window with a skipped part, in blocks; `None` where there are none.
    pub(crate) fn sharding(&self, window: u64, skip: u64, block: u64, dedup: Ratio) -> Result<Option<Sharding>> {
        let Some(within) = self.within else { return Ok(None) };
        if *self != (Self { within: self.within, ..Self::default() }) {
            let accepted = "early=exact, reuse=uniform and runs=1 beside it";
            return Err(Error::invalid("within", within, accepted));
        }
        within.sharding(window, skip, block, dedup).map(Some)
    }

    /// The bins that runs are drawn from in turn, of which a whole round holds `skip` blocks.
    pub(crate) fn bins(&self, skip: u64) -> u64 {
        2 * skip.div_ceil(self.runs.least + self.runs.most).max(1)
    }

    /// Pairs of cells in a bin, when there are contents enough; 0 where not even one fits.
    pub(crate) fn pairs(&self, window: u64, skip: u64, block: u64) -> u64 {
        let pool = match self.reuse {
            Reuse::Recent(size) => (size / block).min(window - skip),
            _ => window - skip,
        };
        let cell = 2 * self.runs.most;
        (pool + 1).saturating_sub(cell) / (self.bins(skip) * cell)
    }

    /// Whether a plan exists for a window and what of it is skipped, in blocks.
    pub(crate) fn check(&self, window: u64, skip: u64, block: u64, dedup: Ratio) -> Result<()> {
        if self.sharding(window, skip, block, dedup)?.is_some() || *self == Self::default() {
            return Ok(());
        }
        if self.reuse == Reuse::Fixed {
            if self.runs != Runs::ONE {
                return Err(Error::invalid("runs", self.runs, "1 with reuse=fixed"));
            }
            if 5 * skip > window {
                let accepted = format!("skip up to a fifth of the window with reuse=fixed, {} blocks here", window / 5);
                return Err(Error::invalid("reuse", self.reuse, &accepted));
            }
            return Ok(());
        }
        if self.pairs(window, skip, block) > 0 {
            return Ok(());
        }
        let cell = 2 * self.runs.most;
        let least = cell * self.bins(skip) + cell - 1;
        if let Reuse::Recent(size) = self.reuse
            && window - skip >= least
        {
            let accepted = format!("recent:{} or more, {least} blocks, with this skip", exact_size(least * block));
            return Err(Error::invalid("reuse", format_args!("recent:{}", exact_size(size)), &accepted));
        }
        let accepted = format!("a window of {} blocks or more for these runs, {window} here", least + skip);
        Err(Error::invalid("runs", self.runs, &accepted))
    }
}
