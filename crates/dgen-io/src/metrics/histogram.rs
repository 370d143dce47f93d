//! A histogram of durations with a relative error below 1/64.

use std::time::Duration;

use serde::Serialize;

/// Buckets per power of two.
const STEPS: usize = 64;
pub(crate) const BUCKETS: usize = (65 - STEPS.trailing_zeros() as usize) * STEPS;

/// Counts of durations in nanoseconds; memory does not grow with them.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    max: u64,
}

/// How long single I/Os took, in nanoseconds; quantiles are at most 1/64 too high.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// Half took no longer.
    pub p50: u64,
    /// 90 % took no longer.
    pub p90: u64,
    /// 99 % took no longer.
    pub p99: u64,
    /// 99.9 % took no longer.
    pub p99_9: u64,
    /// The longest.
    pub max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], max: 0 }
    }
}

impl Histogram {
    /// Counts a duration.
    pub fn add(&mut self, duration: Duration) {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(ns)] += 1;
        self.max = self.max.max(ns);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.max = self.max.max(other.max);
    }

    /// Counts by bucket.
    pub(crate) fn buckets(&self) -> &[u64] {
        &self.counts
    }

    /// Adds the counts of all buckets, from another histogram; the largest duration is that of the last bucket.
    pub(crate) fn merge_counts(&mut self, counts: impl Iterator<Item = u64>) {
        for (index, more) in counts.enumerate().filter(|(_, more)| *more > 0) {
            self.counts[index] += more;
            self.max = self.max.max(upper(index));
        }
    }

    /// What was counted since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let counts = self.counts.iter().zip(&earlier.counts);
        Self { counts: counts.map(|(now, then)| now.saturating_sub(*then)).collect(), max: self.max }
    }

    /// The buckets that are not empty.
    pub fn counts(&self) -> LatencyCounts {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let (up_to_ns, operations) = filled.map(|(index, count)| (upper(index).min(self.max), *count)).unzip();
        LatencyCounts { up_to_ns, operations }
    }

    /// Quantiles and the longest.
    pub fn latency(&self) -> Latency {
        let [p50, p90, p99, p99_9] = [500, 900, 990, 999].map(|per_mille| self.quantile(per_mille));
        Latency { p50, p90, p99, p99_9, max: self.max }
    }

    pub(crate) fn quantile(&self, per_mille: u64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let rank = (u128::from(total) * u128::from(per_mille)).div_ceil(1000);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += u128::from(*count);
            if seen >= rank && seen > 0 {
                return upper(index).min(self.max);
            }
        }
        0
    }
}

/// How many I/Os took how long: the buckets that are not empty, shortest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LatencyCounts {
    /// The longest latency in each bucket, in nanoseconds; it is at most 1/64 longer than the shortest.
    pub up_to_ns: Vec<u64>,
    /// I/Os in each bucket.
    pub operations: Vec<u64>,
}

/// Durations below [`STEPS`] have a bucket each; above, the leading bit and the six after it choose.
fn bucket(ns: u64) -> usize {
    let octave = (ns / STEPS as u64).checked_ilog2().unwrap_or(0);
    let first = octave as usize * STEPS;
    first + usize::try_from(ns >> octave).expect("below 2 * STEPS")
}

/// The largest duration of a bucket.
fn upper(index: usize) -> u64 {
    if index < STEPS {
        return index as u64;
    }
    let (octave, step) = (index / STEPS - 1, index % STEPS);
    let next = (STEPS + step + 1) as u128;
    u64::try_from((next << octave) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_ordered() {
        for ns in (0..100_000).chain([u64::MAX / 2, u64::MAX]) {
            let index = bucket(ns);
            assert!(index < BUCKETS && upper(index) >= ns, "{ns}");
            assert!(upper(index) - ns <= ns / 64, "{ns}: {}", upper(index));
        }
    }

    #[test]
    fn quantiles_count() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.latency(), Latency::default());
        for ns in 1..=1000 {
            histogram.add(Duration::from_nanos(ns));
        }
        let latency = histogram.latency();
        assert!((500..540).contains(&latency.p50) && (990..=1000).contains(&latency.p99), "{latency:?}");
        assert!((900..=960).contains(&latency.p90), "{latency:?}");
        assert_eq!(latency.max, 1000);
        let counts = histogram.counts();
        assert_eq!(counts.operations.iter().sum::<u64>(), 1000);
        assert!(counts.up_to_ns.is_sorted() && counts.up_to_ns.last() == Some(&1000), "{counts:?}");
    }
}
