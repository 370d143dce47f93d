//! What a change means.

use serde::Serialize;

use super::quantity::Quantity;

/// Changes below this share are none.
const SAME: f64 = 0.0005;
/// Of what was measured once, changes below this share say nothing.
const NEAR: f64 = 0.05;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    Better,
    Worse,
    /// Neither is better: a size, a ratio.
    Changed,
    Same,
    /// Measured once each, and not far apart.
    TooNear,
    /// The rounds of one reach into those of the other.
    WithinSpread,
    /// At least one of the two is not to be relied on.
    NotReliable,
    OnlyA,
    OnlyB,
}

/// A value, the lowest and highest of its rounds where there were several, and whether it can be relied on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) value: f64,
    pub(super) range: Option<(f64, f64)>,
    pub(super) reliable: bool,
}

impl Measured {
    pub(super) fn alone(value: f64) -> Self {
        Self { value, range: None, reliable: true }
    }
}

impl Outcome {
    pub(super) fn of(quantity: Quantity, a: Option<Measured>, b: Option<Measured>) -> Self {
        let (a, b) = match (a, b) {
            (Some(a), Some(b)) => (a, b),
            (Some(_), None) => return Self::OnlyA,
            _ => return Self::OnlyB,
        };
        let overlap = |(low, high): (f64, f64), (other_low, other_high)| low <= other_high && other_low <= high;
        let within = |share: f64| (b.value - a.value).abs() <= share * a.value.abs();
        let once = a.range.or(b.range).is_none();
        if within(SAME) {
            Self::Same
        } else if !a.reliable || !b.reliable {
            Self::NotReliable
        } else if a.range.zip(b.range).is_some_and(|(a, b)| overlap(a, b)) {
            Self::WithinSpread
        } else if once && within(NEAR) && quantity.more_is_better().is_some() {
            Self::TooNear
        } else {
            match quantity.more_is_better() {
                Some(more) if (b.value > a.value) == more => Self::Better,
                Some(_) => Self::Worse,
                None => Self::Changed,
            }
        }
    }

    /// In words, for what a quantity counts.
    pub(super) fn told(self, quantity: Quantity) -> &'static str {
        let is_rate = quantity == Quantity::BytesPerS;
        match self {
            Self::Better if is_rate => "faster",
            Self::Worse if is_rate => "slower",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Changed => "",
            Self::Same => "same",
            Self::TooNear => "too near to tell",
            Self::WithinSpread => "within the spread",
            Self::NotReliable => "not reliable",
            Self::OnlyA => "only in A",
            Self::OnlyB => "only in B",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(value: f64, low: f64, high: f64) -> Measured {
        Measured { range: Some((low, high)), ..Measured::alone(value) }
    }

    #[test]
    fn only_rounds_that_keep_apart_make_one_faster() {
        let of = |a, b| Outcome::of(Quantity::BytesPerS, Some(a), Some(b));
        assert_eq!(of(rounds(2.0, 1.5, 2.5), rounds(3.0, 2.5, 3.5)), Outcome::WithinSpread);
        assert_eq!(of(rounds(2.0, 1.5, 2.4), rounds(3.0, 2.5, 3.5)), Outcome::Better);
        assert_eq!(of(rounds(3.0, 2.5, 3.5), rounds(2.0, 1.5, 2.4)), Outcome::Worse);
        assert_eq!(of(rounds(2.0, 1.0, 3.0), rounds(2.0001, 1.0, 3.0)), Outcome::Same);
        let only = Outcome::of(Quantity::BytesPerS, Some(rounds(2.0, 2.0, 2.0)), None);
        assert_eq!(only, Outcome::OnlyA);
        let doubted = Measured { reliable: false, ..rounds(9.0, 8.0, 9.0) };
        assert_eq!(of(rounds(2.0, 2.0, 2.0), doubted), Outcome::NotReliable);
        let latency = Outcome::of(Quantity::LatencyNs, Some(Measured::alone(2.0)), Some(Measured::alone(1.0)));
        assert_eq!((latency, latency.told(Quantity::LatencyNs)), (Outcome::Better, "better"));
        let near = Outcome::of(Quantity::LatencyNs, Some(Measured::alone(2.0)), Some(Measured::alone(2.08)));
        assert_eq!(near, Outcome::TooNear);
        let size = Outcome::of(Quantity::Bytes, Some(Measured::alone(2.0)), Some(Measured::alone(1.0)));
        assert_eq!(size, Outcome::Changed);
    }
}
