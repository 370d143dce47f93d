//! A sweep as text, and what the text and the page share.

use dgen::units::exact_size;
use dgen_measure::TextTable;

use super::point::Point;
use super::report::StorageReport;
use crate::display::lines::{Text, row, whole};
use crate::report::facts::{Fact, ranks as ranks_of, surroundings};
use crate::report::words::{human_rate, time};

/// What the table shows, in text and on the page.
pub(super) const NAMES: [&str; 10] =
    ["mode", "path", "workers", "buffer", "depth", "throughput", "I/Os per s", "p99 latency", "CPU s/GiB", "verdict"];

/// The name of a command that is to be copied.
const COMMAND: &str = "to use it";

pub(super) fn cells(point: &Point) -> [String; NAMES.len()] {
    [
        point.mode.name().to_owned(),
        if point.direct { "direct" } else { "buffered" }.to_owned(),
        asked(point.writers, point.actual_writers),
        exact_size(point.buffer_size),
        asked(point.depth, point.actual_depth),
        human_rate(point.bytes_per_s),
        format!("{:.0}", point.iops),
        point.latency_ns.map(|latency| time(latency.p99)).unwrap_or_default(),
        point.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.3}")).unwrap_or_default(),
        point.verdict.map(|bound| bound.name().to_owned()).unwrap_or_default(),
    ]
}

/// A number that was asked for, and what became of it: `32` or `32 (8)`.
fn asked(asked: usize, actual: usize) -> String {
    if asked == actual { asked.to_string() } else { format!("{asked} ({actual})") }
}

pub(super) fn text(report: &StorageReport) -> Text {
    let mut text = Text::default();
    let row_of = |point: &Point| {
        let mark = if point.best { "*" } else { "" };
        [mark.to_owned()].into_iter().chain(cells(point)).collect()
    };
    text.table(TextTable {
        names: ["best"].iter().chain(&NAMES).map(|name| (*name).to_owned()).collect(),
        rows: report.points.iter().map(row_of).collect(),
        left: vec![0],
    });
    for (name, value) in summary(report) {
        let add = if name == COMMAND { whole } else { row };
        add(&mut text, name, value);
    }
    if let Some(ranks) = &report.ranks {
        row(&mut text, "ranks", ranks_of(ranks));
    }
    for (name, value) in surroundings(&report.host, &report.storage) {
        row(&mut text, name, value);
    }
    text
}

/// The fastest point of a mode.
struct Found<'a> {
    best: &'a Point,
    cheap: Option<&'a Point>,
    command: Option<&'a String>,
}

fn found(report: &StorageReport) -> impl Iterator<Item = Found<'_>> {
    let modes = [(report.best, &report.best_command), (report.best_read, &report.best_read_command)];
    modes.into_iter().filter_map(|(best, command)| {
        let best = &report.points[best?];
        Some(Found { best, cheap: nearly_best(report, best), command: command.as_ref() })
    })
}

impl Found<'_> {
    fn facts(&self) -> impl Iterator<Item = Fact> {
        let told = |point: &Point| {
            let (rate, way) = (human_rate(point.bytes_per_s), point.mode.name());
            format!("{rate}: {way}, {}", point.setting)
        };
        [("best", told(self.best))].into_iter().chain(self.cheap.map(|cheap| ("nearly best", told(cheap))))
    }
}

fn streaming(report: &StorageReport) -> Option<Fact> {
    report.pregenerated.as_ref().map(|reference| ("streaming", reference.to_string()))
}

/// What the sweep found.
pub(super) fn verdict(report: &StorageReport) -> Vec<Fact> {
    found(report).flat_map(|found| found.facts().collect::<Vec<_>>()).chain(streaming(report)).collect()
}

/// The same, how to use it, and how it was found.
pub(super) fn summary(report: &StorageReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    for found in found(report) {
        facts.extend(found.facts());
        facts.extend(found.command.map(|command| (COMMAND, command.clone())));
    }
    facts.extend(streaming(report));
    let (size, seconds) = (exact_size(report.size), report.runtime_secs);
    let end = "made durable inside their time where that is possible";
    let rounds = if report.rounds > 1 {
        format!("; median of {} rounds, the lower one of two", report.rounds)
    } else {
        String::new()
    };
    facts.push(("each point", format!("at most {size}, for at most {seconds} s; writes are {end}{rounds}")));
    facts.push(("recipe", report.recipe.to_string()));
    facts.push(("path", report.path.display().to_string()));
    facts
}

/// Of the points within 5 % of the best, the one with the fewest bytes in flight, where it is another one.
fn nearly_best<'a>(report: &'a StorageReport, best: &Point) -> Option<&'a Point> {
    let flight = |point: &&Point| point.buffer_size * (point.actual_depth * point.actual_writers) as u64;
    let near = report.points.iter().filter(|point| point.mode == best.mode);
    let near = near.filter(|point| point.bytes_per_s >= 0.95 * best.bytes_per_s);
    near.min_by_key(flight).filter(|point| flight(point) < flight(&best))
}
