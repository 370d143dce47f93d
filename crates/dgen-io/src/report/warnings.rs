//! Warnings that only the course of a run can give, each with what to do about it.

use dgen::units::human_rate;

use crate::metrics::series::Series;

/// Shorter runs show too little to judge by.
const LONG_ENOUGH_NS: u64 = 4_000_000_000;
/// Share of the rate at the beginning below which the rate at the end is another one.
const FELL: f64 = 0.6;
/// Share of the run for which workers may be without work before it counts.
const UNEVEN: f64 = 0.2;

/// What to say about a run whose workers had ended after `last_done_ns`, the first of them after `first_done_ns`.
pub(crate) fn warnings(series: &Series, first_done_ns: u64, last_done_ns: u64) -> Vec<String> {
    if last_done_ns < LONG_ENOUGH_NS {
        return Vec::new();
    }
    [fell(series), uneven(first_done_ns, last_done_ns)].into_iter().flatten().collect()
}

/// Whether the second half went slower than the first quarter.
fn fell(series: &Series) -> Option<String> {
    // The last slot is not whole.
    let slots = series.bytes.split_last()?.1;
    let rate = |slots: &[u64]| {
        slots.iter().sum::<u64>() as f64 * 1e9 / (slots.len().max(1) as u64 * series.interval_ns) as f64
    };
    let (first, second) = (rate(&slots[..slots.len() / 4]), rate(&slots[slots.len() / 2..]));
    let [before, after] = [first, second].map(human_rate);
    (second < FELL * first).then(|| {
        format!(
            "the rate fell from {before} in the first quarter to {after} in the second half: \
             a cache or a burst allowance was used up; only a longer run shows what lasts"
        )
    })
}

/// Whether a worker was without work for long.
fn uneven(first_ns: u64, last_ns: u64) -> Option<String> {
    let [first, last] = [first_ns, last_ns].map(|ns| ns as f64 / 1e9);
    (first < (1.0 - UNEVEN) * last).then(|| {
        format!(
            "the first worker was done after {first:.1} s and the last after {last:.1} s: \
             the mean rate is that of fewer workers; smaller buffers share the work more evenly"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rates: [u64; 4]) -> Series {
        let mut series = Series::default();
        for (quarter, rate) in rates.into_iter().enumerate() {
            for slot in 0..100 {
                series.add(std::time::Duration::from_millis((quarter as u64 * 100 + slot) * 25), rate);
            }
        }
        series
    }

    #[test]
    fn a_rate_that_falls_is_named_and_a_steady_one_is_not() {
        let all = |rates| warnings(&series(rates), 9_900_000_000, 10_000_000_000);
        assert_eq!(all([1000, 1000, 1000, 1000]), Vec::<String>::new());
        assert_eq!(all([1000, 1000, 700, 700]), Vec::<String>::new());
        assert!(all([1000, 800, 500, 500])[0].contains("fell from"), "{:?}", all([1000, 800, 500, 500]));
        assert_eq!(warnings(&series([1000, 800, 500, 500]), 1_000_000_000, 1_000_000_000), Vec::<String>::new());
    }

    #[test]
    fn workers_without_work_are_named() {
        let steady = series([1000; 4]);
        assert_eq!(warnings(&steady, 8_000_000_000, 10_000_000_000), Vec::<String>::new());
        assert!(warnings(&steady, 7_900_000_000, 10_000_000_000)[0].contains("first worker"));
    }
}
