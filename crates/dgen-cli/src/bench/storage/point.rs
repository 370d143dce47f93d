//! One point of the sweep.

use std::fmt;
use std::str::FromStr;

use dgen::units::exact_size;
use dgen::{Error, Result};
use dgen_io::{Bound, DirectMode, Latency, RunReport};
use serde::Serialize;

/// Which way data moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Way {
    Write,
    Read,
}

impl Way {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
        }
    }

    /// What those are called that move it, and the option that says how many.
    pub(super) fn workers(self) -> &'static str {
        match self {
            Self::Write => "writers",
            Self::Read => "readers",
        }
    }
}

/// Which ways are swept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Write,
    Read,
    Both,
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "write" => Ok(Self::Write),
            "read" => Ok(Self::Read),
            "both" => Ok(Self::Both),
            _ => Err(Error::invalid("mode", format_args!("`{text}`"), "write, read, both")),
        }
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) way: Way,
    pub(super) direct: DirectMode,
    pub(super) writers: usize,
    pub(super) buffer_size: u64,
    pub(super) depth: usize,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Point {
    #[serde(skip)]
    pub(super) setting: Setting,
    pub(super) mode: Way,
    /// Bytes of an I/O that were asked for.
    pub(super) buffer_size: u64,
    /// I/Os in flight of each worker that were asked for, and those that there were.
    pub(super) depth: usize,
    pub(super) actual_depth: usize,
    /// Workers that were asked for, and those that there were.
    pub(super) writers: usize,
    pub(super) actual_writers: usize,
    pub(super) direct: bool,
    pub(super) direct_reason: String,
    pub(super) engine: &'static str,
    /// Rates of all rounds, in their order, and the ends of their range.
    pub(super) rates_bytes_per_s: Vec<f64>,
    pub(super) bytes_per_s_min: f64,
    pub(super) bytes_per_s_max: f64,
    /// Whether it was measured often enough to be compared with others.
    pub(super) ranked: bool,
    /// Rounds that stand out, counted from 1.
    pub(super) outlier_rounds: Vec<usize>,
    /// Why its rate is not to be relied on; empty where it is.
    pub(super) unreliable: Vec<String>,
    // What follows is of the round with the median rate.
    pub(super) bytes: u64,
    pub(super) elapsed_ns: u64,
    pub(super) bytes_per_s: f64,
    pub(super) iops: f64,
    pub(super) latency_ns: Option<Latency>,
    pub(super) verdict: Option<Bound>,
    pub(super) generation_bound: Option<f64>,
    pub(super) storage_bound: Option<f64>,
    pub(super) cpu_seconds_per_gib: Option<f64>,
    /// Whether it is the fastest of its mode.
    pub(super) best: bool,
}

impl Point {
    pub(super) fn new(setting: &Setting, bytes: u64, run: &RunReport) -> Self {
        Self {
            setting: *setting,
            mode: setting.way,
            buffer_size: setting.buffer_size,
            depth: setting.depth,
            actual_depth: run.depth,
            writers: setting.writers,
            actual_writers: run.writers,
            direct: run.direct,
            direct_reason: run.direct_reason.clone(),
            engine: run.engine,
            rates_bytes_per_s: vec![run.bytes_per_s],
            bytes_per_s_min: run.bytes_per_s,
            bytes_per_s_max: run.bytes_per_s,
            ranked: false,
            outlier_rounds: Vec::new(),
            unreliable: Vec::new(),
            bytes,
            elapsed_ns: run.elapsed_ns,
            bytes_per_s: run.bytes_per_s,
            iops: run.iops,
            latency_ns: run.latency_ns,
            verdict: run.verdict.as_ref().map(|verdict| verdict.bound),
            generation_bound: run.generation_bound,
            storage_bound: run.storage_bound,
            cpu_seconds_per_gib: run.cpu_seconds_per_gib,
            best: false,
        }
    }

    /// The round with the median rate, the lower one of two, with the rates of all and what they say.
    pub(super) fn median(rounds: &[Self]) -> Option<Self> {
        let mut order: Vec<&Self> = rounds.iter().collect();
        order.sort_by(|one, other| one.bytes_per_s.total_cmp(&other.bytes_per_s));
        let mut median = (*order.get(order.len().saturating_sub(1) / 2)?).clone();
        median.rates_bytes_per_s = rounds.iter().map(|round| round.bytes_per_s).collect();
        median.judge();
        Some(median)
    }

    /// Whether measuring a setting would repeat this point: it differs in `direct` alone, which came to the same.
    pub(super) fn covers(&self, setting: &Setting) -> bool {
        let same = Setting { direct: setting.direct, ..self.setting } == *setting;
        let way = match setting.direct {
            DirectMode::On => self.direct,
            DirectMode::Off => !self.direct,
            DirectMode::Auto => self.direct && self.setting.direct == DirectMode::On,
        };
        same && way && self.setting != *setting
    }
}

impl Setting {
    /// The command that moves data in this way.
    pub(super) fn command(&self) -> String {
        let direct = match self.direct {
            DirectMode::Auto => "",
            DirectMode::On => " --direct on",
            DirectMode::Off => " --direct off",
        };
        let (buffer, depth, workers) = (exact_size(self.buffer_size), self.depth, self.writers);
        let what = match self.way {
            Way::Write => "write PATH --size SIZE",
            Way::Read => "read PATH",
        };
        let option = self.way.workers();
        format!("dgen {what} --buffer-size {buffer} --depth {depth} --{option} {workers}{direct}")
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direct = match self.direct {
            DirectMode::Auto => "auto",
            DirectMode::On => "on",
            DirectMode::Off => "off",
        };
        let (buffer, depth, workers) = (exact_size(self.buffer_size), self.depth, self.writers);
        write!(f, "buffer {buffer}, depth {depth}, {} {workers}, direct {direct}", self.way.workers())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A point that writes, with rounds of these rates and so many milliseconds.
    pub(in super::super) fn point(rates: &[f64], ms: u64) -> Point {
        let setting = Setting { way: Way::Write, direct: DirectMode::Auto, writers: 1, buffer_size: 65536, depth: 1 };
        let round = |rate: &f64| Point {
            setting,
            mode: Way::Write,
            buffer_size: setting.buffer_size,
            depth: 1,
            actual_depth: 1,
            writers: 1,
            actual_writers: 1,
            direct: false,
            direct_reason: String::new(),
            engine: "sync",
            rates_bytes_per_s: vec![*rate],
            bytes_per_s_min: *rate,
            bytes_per_s_max: *rate,
            ranked: false,
            outlier_rounds: Vec::new(),
            unreliable: Vec::new(),
            bytes: 1 << 20,
            elapsed_ns: ms * 1_000_000,
            bytes_per_s: *rate,
            iops: 0.0,
            latency_ns: None,
            verdict: None,
            generation_bound: None,
            storage_bound: None,
            cpu_seconds_per_gib: None,
            best: false,
        };
        Point::median(&rates.iter().map(round).collect::<Vec<_>>()).expect("there are rounds")
    }

    #[test]
    fn the_median_is_the_lower_one_of_two() {
        let rate = |rates: &[f64]| point(rates, 1000).bytes_per_s;
        assert_eq!((rate(&[3e9, 1e9]), rate(&[9e9, 1e9, 2e9])), (1e9, 2e9));
        assert!(Point::median(&[]).is_none());
    }
}
