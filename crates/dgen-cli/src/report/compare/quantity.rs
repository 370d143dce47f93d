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

    /// The unit that all of these values are shown in.
    pub(super) fn unit(self, values: impl IntoIterator<Item = f64>) -> Unit {
        match self {
            Self::BytesPerS => Unit::Scaled(Scale::of_rates(values)),
            Self::Bytes => Unit::Scaled(Scale::of_sizes(values)),
            Self::LatencyNs | Self::ElapsedNs => Unit::Scaled(Scale::of_times(values)),
            Self::OperationsPerS => Unit::Plain { name: "per s", size: 1.0, digits: 0 },
            Self::CpuSecondsPerGib => Unit::Plain { name: "s/GiB", size: 1.0, digits: 3 },
            Self::Ratio => Unit::Plain { name: "", size: 1.0, digits: 4 },
            Self::Share => Unit::Plain { name: "%", size: 0.01, digits: 1 },
        }
    }
}

/// A unit, and how many digits its numbers have.
pub(super) enum Unit {
    Scaled(Scale),
    Plain { name: &'static str, size: f64, digits: usize },
}

impl Unit {
    /// Empty for what has none.
    fn name(&self) -> &'static str {
        match self {
            Self::Scaled(scale) => scale.unit,
            Self::Plain { name, .. } => name,
        }
    }

    /// A value with its unit; `-` for none.
    pub(super) fn text(&self, value: Option<f64>) -> String {
        let name = value.map_or("", |_| self.name());
        format!("{} {name}", self.number(value)).trim_end().to_owned()
    }

    /// A value without its unit; `-` for none.
    fn number(&self, value: Option<f64>) -> String {
        let Some(value) = value else { return "-".into() };
        match self {
            Self::Scaled(scale) => scale.number(value),
            Self::Plain { size, digits, .. } => format!("{:.*}", *digits, value / size),
        }
    }
}
