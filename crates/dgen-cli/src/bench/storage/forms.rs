//! A sweep as text and CSV.

use std::fmt::Write as _;

use dgen::units::{exact_size, human_rate};

use super::StorageReport;
use super::point::{Point, Way};
use super::reference::Reference;
use crate::report::csv;
use crate::report::facts;
use crate::text::{row, time, warnings};

/// The columns of a point; new ones are added at the end.
const COLUMNS: [&str; 29] = [
    "version",
    "path",
    "buffer_size",
    "depth",
    "actual_depth",
    "writers",
    "actual_writers",
    "direct",
    "engine",
    "bytes",
    "elapsed_ns",
    "bytes_per_s",
    "iops",
    "latency_p50_ns",
    "latency_p90_ns",
    "latency_p99_ns",
    "latency_p99_9_ns",
    "latency_max_ns",
    "verdict",
    "generation_bound",
    "storage_bound",
    "cpu_seconds_per_gib",
    "best",
    "recipe",
    "mode",
    "rounds",
    "streamed_bytes_per_s",
    "pregenerated_bytes_per_s",
    "ratio_to_pregenerated",
];

pub(super) fn csv_header() -> String {
    csv::line(&COLUMNS.map(str::to_owned))
}

/// One row per point.
pub(super) fn csv_rows(report: &StorageReport) -> String {
    let beside = |point: &Point, text: fn(&Reference) -> String| {
        let compared = report.pregenerated.as_ref().filter(|_| point.best && point.mode == Way::Write);
        compared.map(text).unwrap_or_default()
    };
    let fields = |point: &Point| -> [String; COLUMNS.len()] {
        let latency = &point.latency_ns;
        [
            report.version.to_owned(),
            report.path.display().to_string(),
            point.buffer_size.to_string(),
            point.depth.to_string(),
            point.actual_depth.to_string(),
            point.writers.to_string(),
            point.actual_writers.to_string(),
            point.direct.to_string(),
            point.engine.to_owned(),
            point.bytes.to_string(),
            point.elapsed_ns.to_string(),
            format!("{:.0}", point.bytes_per_s),
            format!("{:.1}", point.iops),
            latency.p50.to_string(),
            latency.p90.to_string(),
            latency.p99.to_string(),
            latency.p99_9.to_string(),
            latency.max.to_string(),
            point.verdict.name().to_owned(),
            format!("{:.4}", point.generation_bound),
            format!("{:.4}", point.storage_bound),
            point.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.6}")).unwrap_or_default(),
            point.best.to_string(),
            report.recipe.to_string(),
            point.mode.name().to_owned(),
            point.rates_bytes_per_s.len().to_string(),
            beside(point, |reference| format!("{:.0}", reference.streamed_bytes_per_s)),
            beside(point, |reference| format!("{:.0}", reference.pregenerated_bytes_per_s)),
            beside(point, |reference| format!("{:.4}", reference.ratio)),
        ]
    };
    report.points.iter().map(|point| csv::line(&fields(point))).collect()
}

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
        time(point.latency_ns.p99),
        point.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.3}")).unwrap_or_default(),
        point.verdict.name().to_owned(),
    ]
}

/// A number that was asked for, and what became of it: `32` or `32 (8)`.
fn asked(asked: usize, actual: usize) -> String {
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
    for (name, value) in facts::surroundings(&report.host, &report.storage) {
        row(&mut text, name, value);
    }
    warnings(&mut text, &report.warnings);
    text
}

pub(super) fn summary(report: &StorageReport) -> Vec<facts::Fact> {
    let mut facts = Vec::new();
    for (best, command) in [(report.best, &report.best_command), (report.best_read, &report.best_read_command)] {
        let Some(best) = best.map(|index| &report.points[index]) else { continue };
        let told =
            |point: &Point| format!("{}: {}, {}", human_rate(point.bytes_per_s), point.mode.name(), point.setting);
        facts.push(("best", told(best)));
        if let Some(cheap) = nearly_best(report, best) {
            facts.push(("nearly best", told(cheap)));
        }
        facts.extend(command.clone().map(|command| ("to use it", command)));
    }
    facts.extend(report.pregenerated.as_ref().map(|reference| ("streaming", reference.to_string())));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs read these names: they change only by additions at the end.
    #[test]
    fn columns_are_stable() {
        let expected = "version,path,buffer_size,depth,actual_depth,writers,actual_writers,direct,engine,bytes,\
                        elapsed_ns,bytes_per_s,iops,latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p99_9_ns,\
                        latency_max_ns,verdict,generation_bound,storage_bound,cpu_seconds_per_gib,best,recipe,mode,rounds,streamed_bytes_per_s,\
                        pregenerated_bytes_per_s,ratio_to_pregenerated";
        assert!(csv_header().starts_with(expected), "{}", csv_header());
    }
}
