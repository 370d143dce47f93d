//! A sweep as text, and what the text and the page share.

use std::fmt::Write as _;

use dgen::units::{exact_size, human_rate};

use super::point::Point;
use super::report::StorageReport;
use crate::report::facts::{Fact, ranks as ranks_of, surroundings};
use crate::report::lines::row;
use crate::report::words::time;

/// What the table shows, in text and on the page.
pub(super) const NAMES: [&str; 10] =
    ["mode", "path", "workers", "buffer", "depth", "throughput", "I/Os per s", "p99 latency", "CPU s/GiB", "verdict"];

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
pub(super) fn asked(asked: usize, actual: usize) -> String {
    if asked == actual { asked.to_string() } else { format!("{asked} ({actual})") }
}

pub(super) fn text(report: &StorageReport) -> String {
    let mut text = String::new();
    let mut lines = vec![NAMES.map(str::to_owned)];
    lines.extend(report.points.iter().map(cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..NAMES.len()).map(width).collect();
    for (index, line) in lines.iter().enumerate() {
        let best = index > 0 && report.points[index - 1].best;
        text.push_str(if best { "*" } else { " " });
        for (field, width) in line.iter().zip(&widths) {
            write!(text, " {field:>width$}").expect("text grows");
        }
        text.push('\n');
    }
    text.push('\n');
    for (name, value) in summary(report) {
        row(&mut text, name, value);
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
        facts.extend(found.command.map(|command| ("to use it", command.clone())));
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
