//! A sweep as text, and what the text and the page share.

use dgen::units::exact_size;
use dgen_measure::TextTable;

use super::point::Point;
use super::ranking::nearly;
use super::report::StorageReport;
use crate::display::lines::{Text, row, whole};
use crate::report::facts::{Fact, ranks as ranks_of, surroundings};
use crate::report::words::{human_rate, io_path, time};

/// What the table shows, in text and on the page.
pub(super) const NAMES: [&str; 12] = [
    "mode",
    "path",
    "workers",
    "buffer",
    "depth",
    "throughput",
    "lowest",
    "highest",
    "I/Os per s",
    "p99 latency",
    "CPU s/GiB",
    "verdict",
];

/// The name of a command that is to be copied.
const COMMAND: &str = "to use it";

pub(super) fn cells(point: &Point) -> [String; NAMES.len()] {
    let several = point.rates_bytes_per_s.len() > 1;
    let end = |rate: f64| if several { human_rate(rate) } else { String::new() };
    [
        point.mode.name().to_owned(),
        io_path(point.direct).to_owned(),
        asked(point.writers, point.actual_writers),
        exact_size(point.buffer_size),
        asked(point.depth, point.actual_depth),
        human_rate(point.bytes_per_s),
        end(point.bytes_per_s_min),
        end(point.bytes_per_s_max),
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

pub(super) fn text(report: &StorageReport) -> Text {
    let mut text = Text::default();
    let row_of = |point: &Point| [sign(point).to_owned()].into_iter().chain(cells(point)).collect();
    text.table(TextTable {
        names: ["sign"].iter().chain(&NAMES).map(|name| (*name).to_owned()).collect(),
        rows: report.points.iter().map(row_of).collect(),
        left: vec![0],
    });
    if let Some(legend) = legend(report) {
        row(&mut text, "signs", legend);
    }
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

/// What stands before a point.
fn sign(point: &Point) -> &'static str {
    match point {
        _ if point.best => "*",
        _ if !point.ranked => "?",
        _ if point.is_unreliable() => "!",
        _ => "",
    }
}

/// What the signs mean that the table has.
fn legend(report: &StorageReport) -> Option<String> {
    let meanings = [("*", "the fastest"), ("?", "not measured often enough to be ranked"), ("!", "unreliable")];
    let used = meanings.into_iter().filter(|(mark, _)| report.points.iter().any(|point| sign(point) == *mark));
    let texts: Vec<String> = used.map(|(mark, meaning)| format!("{mark} {meaning}")).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
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
        let index = best?;
        let best = &report.points[index];
        let cheap = nearly(&report.points, index).map(|index| &report.points[index]);
        Some(Found { best, cheap, command: command.as_ref() })
    })
}

impl Found<'_> {
    fn facts(&self) -> impl Iterator<Item = Fact> {
        let told = |point: &Point| {
            let (rate, way) = (human_rate(point.bytes_per_s), point.mode.name());
            let doubt = if point.unreliable.is_empty() { "" } else { " (unreliable)" };
            format!("{rate}{doubt}: {way}, {}", point.setting)
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
    let rounds = match report.rounds {
        1 => "one round".to_owned(),
        rounds => format!("{rounds} rounds"),
    };
    let rounds = format!("; {rounds} of each, more of those that lead; the median of them, the lower one of two");
    facts.push(("each point", format!("at most {size}, for at most {seconds} s; writes are {end}{rounds}")));
    facts.push(("recipe", report.recipe.to_string()));
    facts.push(("path", report.path.display().to_string()));
    facts
}
