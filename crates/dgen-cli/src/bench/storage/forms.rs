//! A sweep as text, CSV and HTML.

use std::fmt::Write as _;

use dgen::units::{exact_size, human_rate};

use super::StorageReport;
use super::point::Point;
use crate::report::csv;
use crate::report::facts;
use crate::report::heat::Heat;
use crate::report::page::{Page, Table};
use crate::text::{row, time, warnings};

/// The columns of a point; new ones are added at the end.
const COLUMNS: [&str; 24] = [
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
];

pub(super) fn csv_header() -> String {
    csv::line(&COLUMNS.map(str::to_owned))
}

/// One row per point.
pub(super) fn csv_rows(report: &StorageReport) -> String {
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
            point.bytes_written.to_string(),
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
        ]
    };
    report.points.iter().map(|point| csv::line(&fields(point))).collect()
}

/// What the table shows, in text and on the page.
const NAMES: [&str; 9] =
    ["path", "writers", "buffer", "depth", "throughput", "I/Os per s", "p99 latency", "CPU s/GiB", "verdict"];

fn cells(point: &Point) -> [String; NAMES.len()] {
    [
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
        let best = index > 0 && report.best == Some(index - 1);
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

fn summary(report: &StorageReport) -> Vec<facts::Fact> {
    let mut facts = Vec::new();
    if let Some(best) = report.best.map(|index| &report.points[index]) {
        facts.push(("best", format!("{}: {}", human_rate(best.bytes_per_s), best.setting)));
    }
    if let Some(cheap) = nearly_best(report) {
        facts.push(("nearly best", format!("{}: {}", human_rate(cheap.bytes_per_s), cheap.setting)));
    }
    facts.extend(report.best_command.clone().map(|command| ("to use it", command)));
    let (size, seconds) = (exact_size(report.size), report.runtime_secs);
    let end = "made durable inside its time where that is possible";
    facts.push(("each point", format!("at most {size} written anew, for at most {seconds} s, {end}")));
    facts.push(("recipe", report.recipe.to_string()));
    facts.push(("path", report.path.display().to_string()));
    facts
}

/// Of the points within 5 % of the best, the one with the fewest bytes in flight, where it is another one.
fn nearly_best(report: &StorageReport) -> Option<&Point> {
    let best = &report.points[report.best?];
    let flight = |point: &&Point| point.buffer_size * (point.actual_depth * point.actual_writers) as u64;
    let near = report.points.iter().filter(|point| point.bytes_per_s >= 0.95 * best.bytes_per_s);
    near.min_by_key(flight).filter(|point| flight(point) < flight(&best))
}

pub(super) fn html(report: &StorageReport) -> String {
    let best = report.best.map(|index| &report.points[index]);
    let title = best.map_or_else(String::new, |point| human_rate(point.bytes_per_s));
    let below = format!("{} points; dgen {}", report.points.len(), report.version);
    let mut page = Page::new(&format!("dgen bench storage: at best {title}"), &below);
    let named = |(name, _): &facts::Fact| ["best", "nearly best"].contains(name);
    let found: Vec<facts::Fact> =
        summary(report).into_iter().filter(named).map(|(name, text)| (name, format!("{name}: {text}"))).collect();
    page.verdict(&found);
    let ended = report.error.iter().map(|error| format!("it ended early: {error}"));
    page.warnings(&ended.chain(report.warnings.iter().cloned()).collect::<Vec<_>>());
    if let Some(best) = best {
        let way = if best.direct { "direct" } else { "buffered" };
        page.heading(&format!("Throughput by buffer and depth: writers {}, {way}", best.writers));
        let caption = "Writers and path are those of the fastest point; the table has all of them.";
        page.figure(&heat(report, best).svg(), caption, None);
    }
    page.heading("All points");
    let rows = report.points.iter().map(|point| cells(point).to_vec()).collect();
    page.table(&Table { names: NAMES.to_vec(), rows, best: report.best });
    page.heading("Settings");
    page.facts(&summary(report));
    page.heading("Surroundings");
    page.facts(&facts::surroundings(&report.host, &report.storage));
    page.finish()
}

/// Buffer by depth, for the writers and the path of the best point.
fn heat(report: &StorageReport, best: &Point) -> Heat<'static> {
    let shown = || report.points.iter().filter(|point| point.writers == best.writers && point.direct == best.direct);
    let mut buffers: Vec<u64> = shown().map(|point| point.buffer_size).collect();
    let mut depths: Vec<usize> = shown().map(|point| point.depth).collect();
    depths.sort_unstable();
    depths.dedup();
    buffers.sort_unstable();
    buffers.dedup();
    let rate = |buffer: u64, depth: usize| {
        let here = shown().filter(|point| point.buffer_size == buffer && point.depth == depth);
        here.map(|point| point.bytes_per_s).reduce(f64::max)
    };
    let line = |buffer: &u64| depths.iter().map(|depth| rate(*buffer, *depth)).collect();
    Heat {
        title: "Throughput by buffer and depth",
        rates: buffers.iter().map(line).collect(),
        rows: ("buffer", buffers.iter().map(|buffer| exact_size(*buffer)).collect()),
        columns: ("depth", depths.iter().map(ToString::to_string).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs read these names: they change only by additions at the end.
    #[test]
    fn columns_are_stable() {
        let expected = "version,path,buffer_size,depth,actual_depth,writers,actual_writers,direct,engine,bytes,\
                        elapsed_ns,bytes_per_s,iops,latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p99_9_ns,\
                        latency_max_ns,verdict,generation_bound,storage_bound,cpu_seconds_per_gib,best,recipe";
        assert!(csv_header().starts_with(expected), "{}", csv_header());
    }
}
