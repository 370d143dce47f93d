//! The values that say how duplicates lie, and the numbers that follow from them (sections 1 and 7 of FORMAT.md).

use crate::number::decimal;
use crate::ratio::Ratio;
use crate::size;
use std::fmt;

/// How a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Early {
    /// With the ratio in every prefix.
    Exact,
    /// With blocks that are all new.
    Apart,
}

impl Early {
    pub(crate) fn parse(text: &str) -> Option<Early> {
        [Early::Exact, Early::Apart].into_iter().find(|early| early.name() == text)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Early::Exact => "exact",
            Early::Apart => "apart",
        }
    }
}

/// Which contents duplicates copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reuse {
    Uniform,
    /// The newest, in bytes.
    Recent(u64),
    /// By rank, with an exponent.
    Zipf(Ratio),
    Fixed,
}

impl Reuse {
    pub(crate) fn parse(text: &str) -> Option<Reuse> {
        match text {
            "uniform" => Some(Reuse::Uniform),
            "fixed" => Some(Reuse::Fixed),
            _ => match text.split_once(':')? {
                ("recent", bytes) => size::parse(bytes).map(Reuse::Recent),
                ("zipf", exponent) => Ratio::parse(exponent).map(Reuse::Zipf),
                _ => None,
            },
        }
    }

    pub(crate) fn is_in_range(self) -> bool {
        match self {
            Reuse::Zipf(exponent) => u128::from(exponent.numerator()) <= 4 * u128::from(exponent.denominator()),
            _ => true,
        }
    }
}

impl fmt::Display for Reuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reuse::Uniform => write!(f, "uniform"),
            Reuse::Recent(bytes) => write!(f, "recent:{}", size::canonical(*bytes)),
            Reuse::Zipf(exponent) => write!(f, "zipf:{exponent}"),
            Reuse::Fixed => write!(f, "fixed"),
        }
    }
}

/// MIN and MAX, the lengths of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Runs {
    pub(crate) fn parse(text: &str) -> Option<Runs> {
        let (least, most) = text.split_once('-').unwrap_or((text, text));
        Some(Runs { least: decimal(least)?, most: decimal(most)? })
    }

    pub(crate) fn is_in_range(self) -> bool {
        1 <= self.least && self.least <= self.most && self.most <= 65_536
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most { write!(f, "{}", self.most) } else { write!(f, "{}-{}", self.least, self.most) }
    }
}

/// The numbers of the plan of arranged duplicates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrangement {
    pub(crate) reuse: Reuse,
    pub(crate) apart: bool,
    /// MIN and MAX.
    pub(crate) least: u64,
    pub(crate) most: u64,
    /// W and S.
    pub(crate) window: u64,
    pub(crate) skipped: u64,
    /// m
    pub(crate) bins: u64,
    /// B
    pub(crate) pairs: u64,
    /// h
    pub(crate) half: u64,
    /// H
    pub(crate) ahead: u64,
}

impl Arrangement {
    pub(crate) fn new(window: u64, skipped: u64, block: u64, early: Early, reuse: Reuse, runs: Runs) -> Arrangement {
        let Runs { least, most } = runs;
        let bins = 2 * skipped.div_ceil(least + most).max(1);
        let pool = match reuse {
            Reuse::Recent(bytes) => (bytes / block).min(window - skipped),
            _ => window - skipped,
        };
        let pairs = if pool + 1 < 2 * most { 0 } else { (pool + 1 - 2 * most) / (2 * bins * most) };
        let half = (window - skipped) / 4;
        let apart = early == Early::Apart;
        let ahead = match (apart, reuse) {
            (false, _) => 0,
            (true, Reuse::Fixed) => skipped + 2 * half,
            (true, _) => skipped + 2 * bins * most,
        };
        Arrangement { reuse, apart, least, most, window, skipped, bins, pairs, half, ahead }
    }

    pub(crate) fn is_possible(&self) -> bool {
        if self.reuse == Reuse::Fixed {
            self.least == 1 && self.most == 1 && 5 * self.skipped <= self.window
        } else {
            self.pairs > 0
        }
    }
}
