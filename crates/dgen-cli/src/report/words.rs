//! Numbers for people.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dgen::units::Units;

/// Whether reports are in decimal units; set once, when options have been read.
static DECIMAL: AtomicBool = AtomicBool::new(false);

/// Chooses the units of all that is told from now on.
pub(crate) fn set_units(units: Units) {
    DECIMAL.store(units == Units::Decimal, Ordering::Relaxed);
}

/// Those of SI, where they are asked for.
pub(crate) const fn units_of(si: bool) -> Units {
    if si { Units::Decimal } else { Units::Binary }
}

/// The units of what is told.
pub(crate) fn units() -> Units {
    units_of(DECIMAL.load(Ordering::Relaxed))
}

/// A size, rounded, in the chosen units: `1.86 GiB` or `2.00 GB`.
pub(crate) fn human_size(bytes: u64) -> String {
    units().size(bytes)
}

/// A rate in bytes per second in the chosen units: `1.86 GiB/s` or `2.00 GB/s`.
pub(crate) fn human_rate(bytes_per_s: f64) -> String {
    units().rate(bytes_per_s)
}

/// Of long lists, so many are listed.
pub(crate) const LISTED: usize = 32;

/// The first of a list, and how many there are more.
pub(crate) fn listed<T>(all: &[T], shown: impl Fn(&T) -> String, more: &str) -> Vec<String> {
    let rest = all.len().checked_sub(LISTED).filter(|rest| *rest > 0);
    all.iter().take(LISTED).map(shown).chain(rest.map(|rest| format!("{rest} more{more}"))).collect()
}

/// Which way data goes: past the page cache, or through it.
pub(crate) const fn io_path(direct: bool) -> &'static str {
    if direct { "direct" } else { "buffered" }
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
