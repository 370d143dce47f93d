//! Streaming beside the same writes of buffers that were generated once.

use std::fmt;

use crate::report::words::human_rate;
use serde::Serialize;

use super::rounds::median;

/// Rates of the fastest writing point, with both kinds of data by turns; the streamed ones are rounds of the point itself.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Reference {
    /// Medians.
    pub(super) streamed_bytes_per_s: f64,
    pub(super) pregenerated_bytes_per_s: f64,
    /// The first by the second: 1 where generating costs nothing.
    pub(super) ratio: f64,
    /// All rounds, in their order.
    pub(super) streamed_rates_bytes_per_s: Vec<f64>,
    pub(super) pregenerated_rates_bytes_per_s: Vec<f64>,
}

impl Reference {
    pub(super) fn new(streamed: Vec<f64>, pregenerated: Vec<f64>) -> Self {
        let (one, other) = (median(&streamed), median(&pregenerated));
        Self {
            streamed_bytes_per_s: one,
            pregenerated_bytes_per_s: other,
            ratio: if other > 0.0 { one / other } else { 0.0 },
            streamed_rates_bytes_per_s: streamed,
            pregenerated_rates_bytes_per_s: pregenerated,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = self.streamed_rates_bytes_per_s.len();
        let [one, other] = [self.streamed_bytes_per_s, self.pregenerated_bytes_per_s].map(human_rate);
        write!(
            f,
            "{:.3} of the rate of buffers that are generated once and written again and again, which leave no stream: \
             {one} and {other}, medians of {rounds} runs by turns",
            self.ratio
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_medians() {
        let reference = Reference::new(vec![1e9, 9e9, 1.9e9], vec![2e9, 0.1e9, 3e9]);
        assert!((reference.ratio - 0.95).abs() < 1e-12);
        let text = reference.to_string();
        assert!(text.starts_with("0.950 of ") && text.contains("no stream") && text.contains("3 runs"), "{text}");
    }
}
