//! The figures of two reports, in pairs.

use std::collections::BTreeSet;

use dgen::units::exact_size;
use serde::Serialize;
use serde_json::Value as Json;

use super::load::Kind;
use super::outcome::{Measured, Outcome};
use super::quantity::{Quantity, Unit};
use crate::report::words::io_path;

/// A figure of both.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    /// The point, case or block that it is of; empty for the whole run.
    pub(super) of: String,
    pub(super) quantity: Quantity,
    pub(super) a: Option<f64>,
    pub(super) b: Option<f64>,
    /// Lowest and highest of several rounds.
    pub(super) a_range: Option<(f64, f64)>,
    pub(super) b_range: Option<(f64, f64)>,
    /// From the first to the second; absent where one of them is, or the first is 0.
    pub(super) change_percent: Option<f64>,
    pub(super) outcome: Outcome,
}

/// The figures of one report: what they are called, what they are of, and what they are.
type Figures = Vec<(&'static str, String, Quantity, Measured)>;

pub(super) fn of(kind: Kind, a: &Json, b: &Json) -> Vec<Figure> {
    let all = |report: &Json| match kind {
        Kind::Write | Kind::Read => run(report),
        Kind::Verify => verify(report),
        Kind::Measure => measure(report),
        Kind::Sweep => sweep(report),
        Kind::Fill => fill(report),
    };
    paired(&all(a), &all(b))
}

/// Those of the first in their order, then those that only the second has; figures of one name together.
fn paired(a: &Figures, b: &Figures) -> Vec<Figure> {
    let find = |figures: &Figures, name: &str, of: &str| {
        figures.iter().find(|figure| figure.0 == name && figure.1 == of).map(|figure| figure.3)
    };
    let mut names = Vec::new();
    for figure in a.iter().chain(b) {
        if !names.contains(&figure.0) {
            names.push(figure.0);
        }
    }
    let mut pairs = Vec::new();
    for name in names {
        let mut seen = BTreeSet::new();
        for (_, of, quantity, _) in a.iter().chain(b).filter(|figure| figure.0 == name) {
            if seen.insert(of) {
                pairs.push(Figure::new(name, of, *quantity, find(a, name, of), find(b, name, of)));
            }
        }
    }
    pairs
}

impl Figure {
    fn new(name: &'static str, of: &str, quantity: Quantity, a: Option<Measured>, b: Option<Measured>) -> Self {
        // A part of a part says nothing.
        let both = a.zip(b).filter(|(a, _)| a.value != 0.0 && quantity != Quantity::Share);
        let range = |side: Option<Measured>| side.and_then(|side| side.range);
        Self {
            name,
            of: of.to_owned(),
            quantity,
            a: a.map(|side| side.value),
            b: b.map(|side| side.value),
            a_range: range(a),
            b_range: range(b),
            change_percent: both.map(|(a, b)| 100.0 * (b.value / a.value - 1.0)),
            outcome: Outcome::of(quantity, a, b),
        }
    }

    /// What it is of, or, where that is the whole run, what it is called.
    pub(super) fn label(&self) -> &str {
        if self.of.is_empty() { self.name } else { &self.of }
    }

    /// `+3.2 %`, or nothing.
    pub(super) fn change(&self) -> String {
        self.change_percent.map(|percent| format!("{percent:+.1} %")).unwrap_or_default()
    }

    /// Whether it is of a point that has changed, without rounds that tell of chance.
    pub(super) fn lacks_spread(&self) -> bool {
        let judged = matches!(self.outcome, Outcome::Better | Outcome::Worse | Outcome::NotReliable);
        self.name == SWEPT && judged && (self.a_range.is_none() || self.b_range.is_none())
    }
}

/// Figures that are shown together, and what they are called: those of the whole run, and those of one name.
pub(super) fn groups(figures: &[Figure]) -> Vec<(&'static str, Vec<&Figure>)> {
    let mut groups: Vec<(&str, Vec<&Figure>)> = Vec::new();
    for figure in figures {
        let title = if figure.of.is_empty() { WHOLE } else { figure.name };
        match groups.iter_mut().find(|group| group.0 == title) {
            Some(group) => group.1.push(figure),
            None => groups.push((title, vec![figure])),
        }
    }
    groups
}

/// The unit that a figure is shown in: its own in a group of all kinds, and that of the group where it is of one kind.
pub(super) fn unit_of(figure: &Figure, group: &[&Figure]) -> Unit {
    let values = |figure: &Figure| figure.a.into_iter().chain(figure.b);
    if figure.of.is_empty() {
        return figure.quantity.unit(values(figure));
    }
    figure.quantity.unit(group.iter().flat_map(|figure| values(figure)))
}

/// What the figures of the run itself are called.
const WHOLE: &str = "the run";

/// What a sweep measures in rounds.
const SWEPT: &str = "throughput of points";

/// Adds what is there, by its place in the report.
fn add(figures: &mut Figures, report: &Json, of: &str, places: &[(&'static str, &str, Quantity)]) {
    for (name, place, quantity) in places {
        let value = report.pointer(place).and_then(Json::as_f64);
        figures.extend(value.map(|value| (*name, of.to_owned(), *quantity, Measured::alone(value))));
    }
}

fn run(report: &Json) -> Figures {
    let mut figures = Vec::new();
    let places = [
        ("throughput", "/bytes_per_s", Quantity::BytesPerS),
        ("I/Os per second", "/iops", Quantity::OperationsPerS),
        ("latency p50", "/latency_ns/p50", Quantity::LatencyNs),
        ("latency p90", "/latency_ns/p90", Quantity::LatencyNs),
        ("latency p99", "/latency_ns/p99", Quantity::LatencyNs),
        ("latency p99.9", "/latency_ns/p99_9", Quantity::LatencyNs),
        ("latency max", "/latency_ns/max", Quantity::LatencyNs),
        ("processor time", "/cpu_seconds_per_gib", Quantity::CpuSecondsPerGib),
        ("waited for storage", "/storage_bound", Quantity::Share),
        ("waited for data", "/generation_bound", Quantity::Share),
        ("written", "/bytes_written", Quantity::Bytes),
        ("read", "/bytes_read", Quantity::Bytes),
        ("time", "/elapsed_ns", Quantity::ElapsedNs),
        ("sync", "/sync_ns", Quantity::ElapsedNs),
    ];
    add(&mut figures, report, "", &places);
    figures
}

fn verify(report: &Json) -> Figures {
    let mut figures = run(report);
    let places = [("checked", "/bytes_checked", Quantity::Bytes), ("wrong", "/bytes_bad", Quantity::Bytes)];
    add(&mut figures, report, "", &places);
    figures
}

fn measure(report: &Json) -> Figures {
    let mut figures = Vec::new();
    add(&mut figures, report, "", &[("throughput", "/bytes_per_s", Quantity::BytesPerS)]);
    add(&mut figures, report, "", &[("measured", "/bytes", Quantity::Bytes)]);
    for (block, _) in members(&report["dedup"]) {
        let place = format!("/dedup/{block}/ratio");
        add(&mut figures, report, &size(block), &[("dedup ratio", &place, Quantity::Ratio)]);
    }
    for (name, place) in [("compress ratio", "records"), ("ratio of both", "reduction")] {
        for (codec, blocks) in members(&report[place]) {
            for (block, found) in members(blocks) {
                let value = found.as_f64().or_else(|| found["ratio"].as_f64());
                let of = format!("{codec} at {}", size(block));
                figures.extend(value.map(|value| (name, of, Quantity::Ratio, Measured::alone(value))));
            }
        }
    }
    for (system, found) in members(&report["models"]) {
        add(&mut figures, found, system, &[("ratio on a system", "/ratio", Quantity::Ratio)]);
    }
    figures
}

fn members(value: &Json) -> impl Iterator<Item = (&String, &Json)> {
    value.as_object().into_iter().flatten()
}

/// A size that is the name of a member.
fn size(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), exact_size)
}

fn sweep(report: &Json) -> Figures {
    let mut figures = Vec::new();
    for point in report["points"].as_array().into_iter().flatten() {
        let of = point_name(point);
        if let Some(value) = point["bytes_per_s"].as_f64() {
            figures.push((SWEPT, of.clone(), Quantity::BytesPerS, Measured { value, ..of_rounds(point) }));
        }
        add(&mut figures, point, &of, &[("p99 latency of points", "/latency_ns/p99", Quantity::LatencyNs)]);
    }
    add(&mut figures, report, "", &[("ratio to pre-generated buffers", "/pregenerated/ratio", Quantity::Ratio)]);
    figures
}

/// What is known of the rounds of a point.
fn of_rounds(point: &Json) -> Measured {
    let rates = point["rates_bytes_per_s"].as_array().into_iter().flatten().filter_map(Json::as_f64);
    let rates: Vec<f64> = rates.collect();
    let ends = (rates.iter().copied().fold(f64::INFINITY, f64::min), rates.iter().copied().fold(0.0, f64::max));
    let doubted = point["unreliable"].as_array().is_some_and(|why| !why.is_empty()) || point["ranked"] == false;
    Measured { range: (rates.len() > 1).then_some(ends), reliable: !doubted, ..Measured::alone(0.0) }
}

/// What tells a point from others: `write, direct, 4 writers, buffer 1MiB, depth 8`.
fn point_name(point: &Json) -> String {
    let number = |name: &str| point[name].as_u64().unwrap_or(0);
    let path = io_path(point["direct"] == true);
    let (mode, buffer) = (point["mode"].as_str().unwrap_or("?"), exact_size(number("buffer_size")));
    let workers = if mode == "read" { "readers" } else { "writers" };
    format!("{mode}, {path}, {workers} {}, buffer {buffer}, depth {}", number("writers"), number("depth"))
}

fn fill(report: &Json) -> Figures {
    let mut figures = Vec::new();
    for case in report["cases"].as_array().into_iter().flatten() {
        let (recipe, buffer) =
            (word(&case["recipe"]), case["buffer"].as_u64().map_or_else(|| word(&case["buffer"]), exact_size));
        let of = format!("{recipe}, buffer {buffer}, threads {}", word(&case["threads"]));
        add(&mut figures, case, &of, &[("rate of filling", "/bytes_per_s", Quantity::BytesPerS)]);
        let interval = case["ratio_interval"].as_array().map(|ends| (ends.first(), ends.get(1)));
        let range = interval.and_then(|(low, high)| Some((low?.as_f64()?, high?.as_f64()?)));
        let ratio = case["ratio_to_limit"].as_f64();
        let value = ratio.map(|value| Measured { range, ..Measured::alone(value) });
        figures.extend(value.map(|value| ("ratio to the limit of stores", of, Quantity::Ratio, value)));
    }
    for case in report["fill_at"].as_array().into_iter().flatten() {
        let of = format!("{}, {} bytes", word(&case["recipe"]), word(&case["bytes"]));
        add(&mut figures, case, &of, &[("time of a small fill", "/mean_ns", Quantity::LatencyNs)]);
    }
    figures
}

/// A value as it is told.
fn word(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
