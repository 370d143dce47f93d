//! A sweep as one page of HTML, with a heat map for each mode.

use dgen::units::{exact_size, human_rate};

use super::forms::{NAMES, cells, summary, verdict};
use super::point::{Point, Way};
use super::report::StorageReport;
use crate::report::facts::{Fact, surroundings};
use crate::report::heat::Heat;
use crate::report::page::{Page, Table};

pub(super) fn html(report: &StorageReport) -> String {
    let best: Vec<&Point> =
        [report.best, report.best_read].into_iter().flatten().map(|index| &report.points[index]).collect();
    let title = best.first().map_or_else(String::new, |point| human_rate(point.bytes_per_s));
    let below = format!("{} points; dgen {}", report.points.len(), report.version);
    let mut page = Page::new(&format!("dgen bench storage: at best {title}"), &below);
    let found: Vec<Fact> = verdict(report).into_iter().map(|(name, text)| (name, format!("{name}: {text}"))).collect();
    page.verdict(&found);
    let ended = report.error.iter().map(|error| format!("it ended early: {error}"));
    page.warnings(&ended.chain(report.warnings.iter().cloned()).collect::<Vec<_>>());
    for best in &best {
        let path = if best.direct { "direct" } else { "buffered" };
        let (way, workers) = (best.mode.name(), best.mode.workers());
        page.heading(&format!("Throughput by buffer and depth: {way}, {workers} {}, {path}", best.writers));
        let caption = "Workers and path are those of the fastest point; the table has all of them.";
        page.figure(&heat(report, best).svg(), caption, None);
    }
    for best in &best {
        page.heading(&format!("All points: {}", best.mode.name()));
        let of_mode: Vec<&Point> = report.points.iter().filter(|point| point.mode == best.mode).collect();
        let rows = of_mode.iter().map(|point| cells(point).to_vec()).collect();
        page.table(&Table { names: NAMES.to_vec(), rows, best: of_mode.iter().position(|point| point.best) });
    }
    page.heading("Settings");
    page.facts(&summary(report));
    page.heading("Surroundings");
    page.facts(&surroundings(&report.host, &report.storage));
    page.finish()
}

/// Buffer by depth, for the writers and the path of the best point.
fn heat(report: &StorageReport, best: &Point) -> Heat<'static> {
    let shown = || {
        report
            .points
            .iter()
            .filter(|point| point.mode == best.mode && point.writers == best.writers && point.direct == best.direct)
    };
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
        id: match best.mode {
            Way::Write => "heat",
            Way::Read => "heat-read",
        },
        rates: buffers.iter().map(line).collect(),
        rows: ("buffer", buffers.iter().map(|buffer| exact_size(*buffer)).collect()),
        columns: ("depth", depths.iter().map(ToString::to_string).collect()),
    }
}
