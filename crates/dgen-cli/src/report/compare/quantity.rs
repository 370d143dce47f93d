//! What a figure counts, how it is shown, and which way is better.

use serde::Serialize;

use crate::report::scale::Scale;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Quantity {
    BytesPerS,
    OperationsPerS,
    /// Latencies.
    LatencyNs,
    /// How long the run took: of itself neither good nor bad.
    ElapsedNs,
    CpuSecondsPerGib,
    Bytes,
    /// A ratio of what was measured: neither good nor bad.
    Ratio,
    /// A share, 0 to 1.
    Share,
}

impl Quantity {
    /// Whether more is better; `None` where neither is.
    pub(super) fn more_is_better(self) -> Option<bool> {
        match self {
            Self::BytesPerS | Self::OperationsPerS => Some(true),
            Self::LatencyNs | Self::CpuSecondsPerGib => Some(false),
            Self::ElapsedNs | Self::Bytes | Self::Ratio | Self::Share => None,
        }
    }

    /// Both values in one unit, and the unit, which may be empty.
    pub(super) fn shown(self, values: [Option<f64>; 2]) -> ([String; 2], &'static str) {
        let known = values.into_iter().flatten();
        let scale = match self {
            Self::BytesPerS => Scale::of_rates(known),
            Self::Bytes => Scale::of_sizes(known),
            Self::LatencyNs | Self::ElapsedNs => Scale::of_times(known),
            Self::OperationsPerS => return (values.map(|value| digits(value, 0)), "per s"),
            Self::CpuSecondsPerGib => return (values.map(|value| digits(value, 3)), "s/GiB"),
            Self::Ratio => return (values.map(|value| digits(value, 4)), ""),
            Self::Share => return (values.map(|value| digits(value.map(|value| 100.0 * value), 1)), "%"),
        };
        (values.map(|value| value.map_or_else(String::new, |value| scale.number(value))), scale.unit)
    }
}

fn digits(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}
