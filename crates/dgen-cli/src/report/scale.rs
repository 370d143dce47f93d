//! Units and ticks of an axis or a column: one unit for all of its numbers.

use dgen::units::Units;

use super::words::units;

/// Units of sizes, the largest first: names of a size and of a rate, and bytes.
type SizeUnits = [(&'static str, &'static str, f64); 5];

const BINARY: SizeUnits = [
    ("TiB", "TiB/s", (1_u64 << 40) as f64),
    ("GiB", "GiB/s", (1_u64 << 30) as f64),
    ("MiB", "MiB/s", (1_u64 << 20) as f64),
    ("KiB", "KiB/s", (1_u64 << 10) as f64),
    ("B", "B/s", 1.0),
];
const DECIMAL: SizeUnits =
    [("TB", "TB/s", 1e12), ("GB", "GB/s", 1e9), ("MB", "MB/s", 1e6), ("kB", "kB/s", 1e3), ("B", "B/s", 1.0)];
/// Units of times in nanoseconds.
const TIMES: [(&str, f64); 4] = [("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0)];

/// Those of the system that is chosen.
fn size_units() -> SizeUnits {
    match units() {
        Units::Binary => BINARY,
        Units::Decimal => DECIMAL,
    }
}

/// A unit, and how many digits behind the point its numbers have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) unit: &'static str,
    size: f64,
    digits: usize,
}

impl Scale {
    /// For rates in bytes per second: the unit suits the highest, the digits the lowest.
    pub(crate) fn of_rates(values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(&size_units().map(|(_, name, size)| (name, size)), values)
    }

    /// The same for sizes in bytes.
    pub(crate) fn of_sizes(values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(&size_units().map(|(name, _, size)| (name, size)), values)
    }

    /// The same for times in nanoseconds, which lie further apart: the unit suits the middle of them.
    pub(crate) fn of_times(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        Self::with(&TIMES, low, (low * high).sqrt())
    }

    fn new(units: &[(&'static str, f64)], values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        Self::with(units, low, high)
    }

    /// With the unit that suits one value, and the digits that suit another.
    fn with(units: &[(&'static str, f64)], low: f64, suited: f64) -> Self {
        let last = units[units.len() - 1];
        let (unit, size) = units.iter().copied().find(|(_, size)| suited >= *size).unwrap_or(last);
        let digits = match low / size {
            _ if size <= last.1 => 0,
            low if low >= 100.0 => 0,
            low if low >= 10.0 => 1,
            low if low >= 0.1 => 2,
            low if low >= 0.01 => 3,
            _ => 4,
        };
        Self { unit, size, digits }
    }

    /// A value without its unit.
    pub(crate) fn number(&self, value: f64) -> String {
        format!("{:.*}", self.digits, value / self.size)
    }

    /// A value with its unit.
    pub(crate) fn text(&self, value: f64) -> String {
        format!("{} {}", self.number(value), self.unit)
    }

    /// Round values from 0 to at least `highest`, about so many, and their labels without the unit.
    pub(crate) fn ticks(&self, highest: f64, about: u32) -> Vec<(f64, String)> {
        ticks(highest / self.size, about).into_iter().map(|tick| (tick * self.size, trimmed(tick))).collect()
    }

    /// Powers of ten times 1, and 2 and 5 where there are few, that cover a logarithmic axis, with their labels.
    pub(crate) fn decades(&self, low: f64, high: f64) -> Vec<(f64, String)> {
        let (low, high) = (low / self.size, high / self.size);
        let factors: &[f64] = if high / low < 100.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let powers = (-9..=12).flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)));
        let all: Vec<f64> = powers.collect();
        let from = all.iter().rposition(|tick| *tick <= low).unwrap_or(0);
        let to = all.iter().position(|tick| *tick >= high && *tick > low).unwrap_or(all.len() - 1);
        all[from..=to].iter().map(|tick| (tick * self.size, trimmed(*tick))).collect()
    }
}

/// The lowest and the highest of the values that are not 0; where there are none, what needs no digits.
fn ends(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let ends = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    let (low, high) = values.into_iter().filter(|value| *value > 0.0).fold((f64::INFINITY, 0.0), ends);
    if high > 0.0 { (low, high) } else { (1.0, 1.0) }
}

/// A rate in bytes per second, with the unit that suits it.
pub(crate) fn rate(bytes_per_s: f64) -> String {
    Scale::of_rates([bytes_per_s]).text(bytes_per_s)
}

/// Round values from 0 up to about `highest`, a few of them: steps of 1, 2 or 5 times a power of ten.
pub(super) fn ticks(highest: f64, about: u32) -> Vec<f64> {
    let rough = highest / f64::from(about);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(rough);
    // Whole multiples, rounded where the step itself is no exact number.
    let multiple = |index: u32| (f64::from(index) * step * 1e9).round() / 1e9;
    let below = (0..100).take_while(|index| f64::from(*index) * step < highest * 0.999).count();
    (0..=u32::try_from(below).unwrap_or(0)).map(multiple).collect()
}

/// Without zeros behind the point that say nothing.
pub(super) fn trimmed(value: f64) -> String {
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() { "0".into() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_highest() {
        assert_eq!(ticks(10.0, 4), [0.0, 5.0, 10.0]);
        assert_eq!(ticks(0.9, 4), [0.0, 0.5, 1.0]);
        assert_eq!(ticks(3.4e9, 4), [0.0, 1e9, 2e9, 3e9, 4e9]);
        assert_eq!([0.0, 2.5, 0.125, 1000.0].map(trimmed), ["0", "2.5", "0.125", "1000"]);
    }

    #[test]
    fn all_numbers_of_a_column_are_in_one_unit() {
        let gib = f64::from(1 << 30);
        let scale = Scale::of_rates([0.25 * gib, 3.5 * gib]);
        assert_eq!(
            (scale.unit, scale.number(3.5 * gib).as_str(), scale.text(0.25 * gib).as_str()),
            ("GiB/s", "3.50", "0.25 GiB/s")
        );
        let labels: Vec<String> = scale.ticks(3.5 * gib, 4).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["0", "1", "2", "3", "4"]);
        assert_eq!([0.0, 512.0, 5e6, 1.5 * gib].map(rate), ["0 B/s", "512 B/s", "4.77 MiB/s", "1.50 GiB/s"]);
        assert_eq!(Scale::of_times([900_000.0, 2_500_000.0]).text(900_000.0), "0.90 ms");
        assert_eq!(Scale::of_times([0.0, 460_000.0, 1_100_000_000.0]).text(1_100_000_000.0), "1100.00 ms");
        assert_eq!((Scale::of_times([0.0]).text(0.0), Scale::of_times([]).unit), ("0 ns".into(), "ns"));
    }

    #[test]
    fn a_logarithmic_axis_has_round_ends_around_its_values() {
        let scale = Scale::of_times([3e6, 40e6]);
        let labels: Vec<String> = scale.decades(3e6, 40e6).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["2", "5", "10", "20", "50"]);
        let ends = Scale::of_times([2e3, 5e6]).decades(2e3, 5e6);
        assert_eq!((ends[0].1.as_str(), ends[ends.len() - 1].1.as_str()), ("1", "10000"));
        assert_eq!(scale.decades(1e6, 1e6).len(), 2, "an axis has two ends");
    }
}
