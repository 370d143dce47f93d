//! Medians, and how sure they are.

/// A median and an interval that holds it with a confidence of 95 %, whatever the distribution: the values whose ranks lie
/// 1.96 standard deviations of a fair coin's heads from the middle (all values, where there are fewer than six).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Median {
    pub(super) value: f64,
    pub(super) interval: [f64; 2],
}

impl Median {
    /// Of at least one value.
    pub(super) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (count, last) = (sorted.len(), sorted.len() - 1);
        let middle = f64::midpoint(sorted[last / 2], sorted[count / 2]);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the count")]
        let below = ((count as f64 - 1.96 * (count as f64).sqrt()) / 2.0).floor().max(0.0) as usize;
        let low = below.saturating_sub(1);
        Self { value: middle, interval: [sorted[low], sorted[last - low]] }
    }
}

/// The median alone.
pub(super) fn median(values: &[f64]) -> f64 {
    Median::of(values).value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_lie_in_their_intervals() {
        assert_eq!(Median::of(&[3.0]), Median { value: 3.0, interval: [3.0, 3.0] });
        assert_eq!(Median::of(&[4.0, 1.0]), Median { value: 2.5, interval: [1.0, 4.0] });
        let values: Vec<f64> = (1..=15).rev().map(f64::from).collect();
        // Ranks 3 and 13 of 15: a coin gives fewer than 3 heads of 15 with a chance of 0.4 %.
        assert_eq!(Median::of(&values), Median { value: 8.0, interval: [3.0, 13.0] });
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        let Median { value, interval: [low, high] } = Median::of(&many);
        assert!((value - 499.5).abs() < 1e-9 && low > 460.0 && high < 540.0);
    }
}
