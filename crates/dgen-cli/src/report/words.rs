//! Numbers for people.

use std::time::Duration;

use dgen::units::human_sizes;

/// Of long lists, so many are listed.
pub(crate) const LISTED: usize = 32;

/// The first of a list, and how many there are more.
pub(crate) fn listed<T>(all: &[T], shown: impl Fn(&T) -> String, more: &str) -> Vec<String> {
    let rest = all.len().checked_sub(LISTED).filter(|rest| *rest > 0);
    all.iter().take(LISTED).map(shown).chain(rest.map(|rest| format!("{rest} more{more}"))).collect()
}

/// Both unit systems: `1.86 GiB (2.00 GB)`.
pub(crate) fn both(bytes: u64) -> String {
    let [binary, decimal] = human_sizes(bytes);
    format!("{binary} ({decimal})")
}

/// A number of things: `1 range`, `2 ranges`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// A duration in the unit that suits it.
pub(crate) fn time(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{:.1} us", ns as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns as f64 / 1e6),
        _ => format!("{:.2} s", ns as f64 / 1e9),
    }
}

/// Seconds for people: `42 s`, `3 min 05 s`, `7 h 12 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_secs();
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_unit_that_suits_them() {
        assert_eq!([999, 1_500, 2_500_000, 3_000_000_000].map(time), ["999 ns", "1.5 us", "2.5 ms", "3.00 s"]);
        assert_eq!([42.9, 185.0, 26_000.0].map(duration), ["42 s", "3 min 05 s", "7 h 13 min"]);
    }
}
