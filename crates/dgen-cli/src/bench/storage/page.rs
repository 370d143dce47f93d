//! A sweep as one page of HTML: every point in small plots, in a plot of latency over rate, and in a table that can be sorted.

use dgen::units::exact_size;

use super::forms::{asked, summary, verdict};
use super::point::{Point, Way};
use super::report::StorageReport;
use crate::report::facts::Fact;
use crate::report::grid::{Cell, Column, Grid, Row};
use crate::report::origin;
use crate::report::page::Page;
use crate::report::panels::{Mark, Panel, Panels, Scatter, Series};
use crate::report::scale::{Scale, rate};
use crate::report::words::{count, io_path, time};

pub(super) fn html(report: &StorageReport) -> String {
    let best = [report.best, report.best_read].into_iter().flatten().map(|index| &report.points[index]);
    let best: Vec<String> = best.map(|point| format!("{} {}", point.mode.name(), rate(point.bytes_per_s))).collect();
    let what = format!("{}, {}", count(report.points.len() as u64, "point"), count(report.rounds as u64, "round"));
    let title = if best.is_empty() { "nothing ranked".into() } else { format!("at best {}", best.join(", ")) };
    let mut page =
        Page::new(&format!("dgen bench storage: {title}"), &origin::below(&what, report.started_unix_s, &report.host));
    page.failed(report.error.as_deref());
    let found: Vec<Fact> = verdict(report).into_iter().map(|(name, text)| (name, format!("{name}: {text}"))).collect();
    page.verdict(&found);
    page.warnings(&report.warnings);
    plots(&mut page, &Sweep::new(report));
    page.heading("Settings");
    page.facts(&summary(report));
    page.heading("Origin");
    page.facts(&origin::facts(report.started_unix_s, &report.host, &report.storage));
    page.finish()
}

/// Rounds further than this share away from the median are drawn as if they were that far.
const REACH: f64 = 0.5;

/// The points in an order, and what all plots and columns share.
struct Sweep<'a> {
    report: &'a StorageReport,
    buffers: Vec<u64>,
    rates: Scale,
    highest: f64,
}

/// Points of one small plot.
type Way3 = (Way, bool, usize);

impl<'a> Sweep<'a> {
    fn new(report: &'a StorageReport) -> Self {
        let mut buffers: Vec<u64> = report.points.iter().map(|point| point.buffer_size).collect();
        buffers.sort_unstable();
        buffers.dedup();
        let rates = Scale::of_rates(report.points.iter().map(|point| point.bytes_per_s));
        let highest = report.points.iter().map(|point| point.bytes_per_s_max).fold(0.0, f64::max);
        Self { report, buffers, rates, highest }
    }

    /// How far the strips of rounds reach, as a share of the median.
    fn reach(&self) -> f64 {
        self.report.points.iter().map(away).fold(0.01, f64::max).min(REACH)
    }

    /// Mode, path and workers of each small plot, in the order of the points.
    fn ways(&self) -> Vec<Way3> {
        let mut ways = Vec::new();
        for point in &self.report.points {
            let way = (point.mode, point.direct, point.writers);
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        ways
    }

    /// Marks of the points that `which` picks, a series for each buffer that has some.
    fn series(&self, which: impl Fn(&Point) -> bool, mark: impl Fn(&Point) -> Option<Mark>) -> Vec<Series> {
        let of = |(index, buffer): (usize, &u64)| {
            let own = self.report.points.iter().filter(|point| point.buffer_size == *buffer && which(point));
            let mut marks: Vec<Mark> = own.filter_map(&mark).collect();
            marks.sort_by(|one, other| one.x.total_cmp(&other.x));
            let (name, place) = (exact_size(*buffer), (index, self.buffers.len()));
            (!marks.is_empty()).then_some(Series { name, place, square: false, hollow: false, marks })
        };
        self.buffers.iter().enumerate().filter_map(of).collect()
    }

    fn mark(&self, point: &Point, (x, y): (f64, f64)) -> Mark {
        let range = (point.bytes_per_s_min, point.bytes_per_s_max);
        Mark { x, y, range, told: self.told(point), best: point.best, faint: point.is_unreliable() }
    }

    /// All figures of a point.
    fn told(&self, point: &Point) -> String {
        let (path, [low, high]) = (io_path(point.direct), self.ends(point));
        let (way, buffer) = (point.mode.name(), exact_size(point.buffer_size));
        let workers = workers(point.mode, point.writers);
        let mut parts = vec![format!("{way}, {path}, {workers}, buffer {buffer}, depth {}", point.depth)];
        parts.push(format!(
            "{} ({low} to {high} of {})",
            self.rates.text(point.bytes_per_s),
            count(point.rates_bytes_per_s.len() as u64, "round")
        ));
        parts.push(format!("{:.0} I/Os per s", point.iops));
        parts.extend(point.latency_ns.map(|all| format!("p50 {}, p99 {}", time(all.p50), time(all.p99))));
        parts.extend(point.cpu_seconds_per_gib.map(|seconds| format!("{seconds:.3} CPU s/GiB")));
        parts.extend(point.verdict.map(|bound| bound.name().to_owned()));
        parts.extend(point.unreliable.iter().cloned());
        parts.join("\n")
    }

    /// Lowest and highest rate of its rounds, without the unit.
    fn ends(&self, point: &Point) -> [String; 2] {
        [point.bytes_per_s_min, point.bytes_per_s_max].map(|rate| self.rates.number(rate))
    }
}

/// `1 writer`, `4 readers`.
fn workers(mode: Way, number: usize) -> String {
    count(number as u64, mode.workers().trim_end_matches('s'))
}

fn plots(page: &mut Page, sweep: &Sweep<'_>) {
    page.heading("Throughput by depth");
    let names = sweep.buffers.iter().enumerate().map(|(index, buffer)| Series {
        name: format!("buffer {}", exact_size(*buffer)),
        place: (index, sweep.buffers.len()),
        square: false,
        hollow: false,
        marks: Vec::new(),
    });
    let names: Vec<Series> = names.collect();
    page.key(&names);
    page.panels(&by_depth(sweep));
    page.note(
        "Median of the rounds, with a line from the lowest to the highest; the ring marks the best; dashed dots are not \
         reliable. All plots have the same axes. Point at a dot for all of its figures.",
    );
    if let Some(scatter) = latency_over_rate(sweep) {
        page.heading("Latency over throughput");
        page.key(&names);
        let caption = "Every point; circles are direct, squares buffered; filled ones write, hollow ones read. Further right and \
                       lower is better.";
        page.figure(&scatter.svg(), caption, None);
    }
    page.heading("All points");
    page.grid(&table(sweep));
    if sweep.report.points.iter().any(|point| point.rates_bytes_per_s.len() > 1) {
        let reach = 100.0 * sweep.reach();
        page.note(&format!(
            "Rounds: the lowest and the highest rate, and a dot for each; the strip reaches from {reach:.0} % below the median \
             to {reach:.0} % above it. Headings sort the table."
        ));
    }
}

fn by_depth(sweep: &Sweep<'_>) -> Panels {
    let mut settings: Vec<usize> = sweep.report.points.iter().map(|point| point.depth).collect();
    settings.sort_unstable();
    settings.dedup();
    let panel = |(mode, direct, writers): Way3| {
        let which = |point: &Point| (point.mode, point.direct, point.writers) == (mode, direct, writers);
        let series = sweep.series(which, |point| Some(sweep.mark(point, (point.depth as f64, point.bytes_per_s))));
        Panel { title: format!("{}, {}, {}", mode.name(), io_path(direct), workers(mode, writers)), series }
    };
    Panels {
        id: "depth",
        x: "depth",
        settings: settings.into_iter().map(|depth| depth as f64).collect(),
        scale: sweep.rates,
        highest: sweep.highest,
        plots: sweep.ways().into_iter().map(panel).collect(),
    }
}

/// `None` where no point has latencies.
fn latency_over_rate(sweep: &Sweep<'_>) -> Option<Scatter> {
    let mark = |point: &Point| {
        let latency = point.latency_ns.filter(|latency| latency.p99 > 0)?;
        Some(sweep.mark(point, (point.bytes_per_s, latency.p99 as f64)))
    };
    let mut series = Vec::new();
    for (mode, direct) in [(Way::Write, true), (Way::Write, false), (Way::Read, true), (Way::Read, false)] {
        let own = sweep.series(|point| (point.mode, point.direct) == (mode, direct), mark);
        series.extend(own.into_iter().map(|own| Series { square: !direct, hollow: mode == Way::Read, ..own }));
    }
    let times = Scale::of_times(series.iter().flat_map(|series| &series.marks).map(|mark| mark.y));
    let (x, y) = (("throughput", sweep.rates), ("p99 latency", times));
    (!series.is_empty()).then(|| Scatter { id: "latency", title: "Latency over throughput".into(), x, y, series })
}

/// All points, with bars and spreads; sorted as they were measured.
fn table(sweep: &Sweep<'_>) -> Grid {
    let points = &sweep.report.points;
    let times = Scale::of_times(points.iter().filter_map(|point| point.latency_ns).map(|latency| latency.p99 as f64));
    let names = [
        ("mode".to_owned(), false),
        ("path".to_owned(), false),
        ("workers".to_owned(), true),
        ("buffer".to_owned(), true),
        ("depth".to_owned(), true),
        (format!("throughput, {}", sweep.rates.unit), true),
        (format!("rounds, {}", sweep.rates.unit), true),
        ("I/Os per s".to_owned(), true),
        (format!("p99, {}", times.unit), true),
        ("CPU s/GiB".to_owned(), true),
        ("verdict".to_owned(), false),
    ];
    let mut grid = Grid::new(names.into_iter().map(|(name, number)| Column { name, number }).collect());
    let most = points.iter().map(|point| point.bytes_per_s).fold(0.0, f64::max);
    let reach = sweep.reach();
    for point in points {
        let share = if most > 0.0 { point.bytes_per_s / most } else { 0.0 };
        let p99 = point.latency_ns.map(|latency| latency.p99 as f64);
        let doubts = point.unreliable.iter().filter(|_| point.is_unreliable()).cloned();
        let verdict = point.verdict.map(|bound| bound.name().to_owned()).into_iter().chain(doubts);
        let cells = vec![
            Cell::word(point.mode.name()),
            Cell::word(io_path(point.direct)),
            Cell::number(asked(point.writers, point.actual_writers), point.writers as f64),
            Cell::number(exact_size(point.buffer_size), point.buffer_size as f64),
            Cell::number(asked(point.depth, point.actual_depth), point.depth as f64),
            Cell::bar(&sweep.rates.number(point.bytes_per_s), point.bytes_per_s, share),
            spread(sweep, point, reach),
            Cell::number(format!("{:.0}", point.iops), point.iops),
            p99.map_or_else(Cell::empty, |p99| Cell::number(times.number(p99), p99)),
            point.cpu_seconds_per_gib.map_or_else(Cell::empty, |each| Cell::number(format!("{each:.3}"), each)),
            Cell::word(verdict.collect::<Vec<_>>().join("; ")).meant("wrap"),
        ];
        grid.push(Row { cells, best: point.best, faint: point.is_unreliable() });
    }
    grid
}

/// How far the rounds of a point lie from its rate, as a share of it.
fn away(point: &Point) -> f64 {
    let rate = point.bytes_per_s.max(f64::MIN_POSITIVE);
    (1.0 - point.bytes_per_s_min / rate).max(point.bytes_per_s_max / rate - 1.0)
}

fn spread(sweep: &Sweep<'_>, point: &Point, reach: f64) -> Cell {
    if point.rates_bytes_per_s.len() < 2 {
        return Cell::number("measured once".into(), -1.0);
    }
    let [low, high] = sweep.ends(point);
    Cell::spread(format!("{low} to {high} "), &point.rates_bytes_per_s, point.bytes_per_s, reach)
}
