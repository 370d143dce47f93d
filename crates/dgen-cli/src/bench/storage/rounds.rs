//! What the rounds of a point say of it: how far they lie apart, which of them stand out, and whether they suffice.

use super::point::Point;
use crate::report::words::time;

/// Rounds that end sooner say little by themselves.
pub(super) const BRIEF_NS: u64 = 500_000_000;
/// Of the median, how far the slowest and the fastest round lie apart before the point is called unreliable.
const SPREAD: f64 = 0.5;
/// A round whose modified z-score is larger stands out (B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993).
const OUTLIER_SCORE: f64 = 3.5;
/// Standard deviations of a normal distribution in its median absolute deviation.
const MAD_SCALE: f64 = 0.6745;
/// Of the median: what lies nearer does not stand out, however near the others are.
const NEAR: f64 = 0.1;
/// Fewer rounds have none that stands out.
const FEW: usize = 3;

impl Point {
    /// Whether it has been measured often enough to be compared with others: twice, and three times where rounds are brief.
    pub(super) fn is_ranked(&self) -> bool {
        self.rates_bytes_per_s.len() >= if self.elapsed_ns < BRIEF_NS { 3 } else { 2 }
    }

    /// Whether it was measured often enough to be ranked, and is not to be relied on all the same. Points that were measured once
    /// are told so in words: nothing speaks against them.
    pub(super) fn is_unreliable(&self) -> bool {
        self.ranked && !self.unreliable.is_empty()
    }

    /// Judges it by its rounds.
    pub(super) fn judge(&mut self) {
        let rates = &self.rates_bytes_per_s;
        let ends = |pick: fn(f64, f64) -> f64| rates.iter().copied().reduce(pick).unwrap_or(0.0);
        (self.bytes_per_s_min, self.bytes_per_s_max) = (ends(f64::min), ends(f64::max));
        self.ranked = self.is_ranked();
        self.outlier_rounds = outliers(rates);
        self.unreliable = self.reasons();
    }

    /// What is said of it where it is not to be relied on.
    pub(super) fn doubts(&self) -> Option<String> {
        let (way, setting) = (self.mode.name(), &self.setting);
        let why = self.unreliable.join("; ");
        (!self.unreliable.is_empty()).then(|| format!("{way}, {setting}: unreliable: {why}"))
    }

    /// Why its rate is not to be relied on, if it is not.
    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        let (low, high) = (self.bytes_per_s_min, self.bytes_per_s_max);
        if high - low > SPREAD * self.bytes_per_s {
            reasons.push(format!("the fastest round is {:.1} times the slowest", high / low.max(1.0)));
        }
        for round in &self.outlier_rounds {
            let times = self.rates_bytes_per_s[round - 1] / self.bytes_per_s.max(1.0);
            reasons.push(format!("round {round} stands out, with {times:.2} of the median"));
        }
        if !self.ranked {
            let rounds = self.rates_bytes_per_s.len();
            let brief =
                if self.elapsed_ns < BRIEF_NS { format!(", for {}", time(self.elapsed_ns)) } else { String::new() };
            reasons.push(format!("measured {}{brief}", if rounds == 1 { "once" } else { "twice" }));
        }
        reasons
    }
}

/// The rounds that stand out, counted from 1.
fn outliers(rates: &[f64]) -> Vec<usize> {
    if rates.len() < FEW {
        return Vec::new();
    }
    let middle = median(rates);
    let distances: Vec<f64> = rates.iter().map(|rate| (rate - middle).abs()).collect();
    let usual = median(&distances) * OUTLIER_SCORE / MAD_SCALE;
    let stands_out = |distance: f64| distance > usual && distance > NEAR * middle;
    (1..).zip(distances).filter(|(_, distance)| stands_out(*distance)).map(|(round, _)| round).collect()
}

/// The value in the middle, the mean of two.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.get(sorted.len().saturating_sub(1) / 2), sorted.get(sorted.len() / 2));
    low.zip(high).map_or(0.0, |(low, high)| f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::super::point::tests::point;
    use super::*;

    #[test]
    fn medians() {
        assert_eq!((median(&[]), median(&[3.0]), median(&[5.0, 1.0]), median(&[9.0, 1.0, 2.0])), (0.0, 3.0, 3.0, 2.0));
    }

    #[test]
    fn rounds_that_stand_out_are_numbered() {
        for (rates, expected) in [
            (&[1.0, 100.0][..], &[][..]),
            (&[10.0, 10.2, 9.9, 3.0, 10.1], &[4]),
            (&[10.0, 10.2, 9.9, 9.3, 10.1], &[]),
            (&[30.0, 10.0, 10.0, 10.0, 1.0], &[1, 5]),
            (&[1.0, 2.0, 3.0, 4.0, 5.0], &[]),
        ] {
            assert_eq!(outliers(rates), expected, "{rates:?}");
        }
    }

    #[test]
    fn one_round_or_two_brief_ones_are_not_ranked() {
        for (rates, ms, ranked) in
            [(1, 1000, false), (2, 1000, true), (1, 100, false), (2, 100, false), (3, 100, true), (2, 500, true)]
        {
            let point = point(&vec![1e9; rates], ms);
            assert_eq!((point.ranked, point.unreliable.is_empty()), (ranked, ranked), "{rates} of {ms} ms");
        }
        let once = point(&[1e9], 30);
        assert_eq!(once.unreliable, ["measured once, for 30.0 ms"]);
    }

    #[test]
    fn rounds_far_apart_are_called_unreliable() {
        let burst = point(&[3.3e9, 0.38e9], 1000);
        assert_eq!((burst.bytes_per_s, burst.bytes_per_s_min, burst.bytes_per_s_max), (0.38e9, 0.38e9, 3.3e9));
        assert_eq!(burst.unreliable, ["the fastest round is 8.7 times the slowest"]);
        let one = point(&[1e9, 1.01e9, 0.99e9, 1.3e9, 1e9], 1000);
        assert_eq!((one.outlier_rounds.as_slice(), one.unreliable.len()), (&[4][..], 1));
        assert!(one.unreliable[0].contains("round 4") && one.unreliable[0].contains("1.30"), "{:?}", one.unreliable);
        assert!(point(&[1e9, 1.2e9], 1000).unreliable.is_empty());
    }
}
