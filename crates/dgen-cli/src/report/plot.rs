//! Plots as SVG inside HTML: the rate over time, and the distribution of latency.

use dgen_io::{LatencyCounts, RunReport};

use super::page::Table;
use super::scale::{Scale, rate, ticks, trimmed};
use super::svg::{Svg, X};
use super::words::time;

const HEIGHT: f64 = 260.0;
const TOP: f64 = 22.0;
/// Room for the labels of the axis below.
const BOTTOM: f64 = 40.0;
const FLOOR: f64 = HEIGHT - BOTTOM;
/// Points of a curve: more than that cannot be told apart.
const POINTS: usize = 220;
/// Rows of the table beside a curve.
const ROWS: usize = 20;
/// Labels below a plot; every second one is left out in a narrow window.
const LABELS: usize = 10;

/// The class of a label that a narrow window leaves out.
fn spare(index: usize) -> &'static str {
    if index.is_multiple_of(2) { "soft" } else { "soft spare" }
}

/// The rate over time, and the numbers behind it; `None` where there are too few to draw.
pub(crate) fn throughput(run: &RunReport) -> Option<(String, Table)> {
    let points = rates(&run.throughput.bytes, run.throughput.interval_ns, run.last_done_ns, POINTS);
    let end = points.last()?.0;
    let highest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    if points.len() < 2 || highest <= 0.0 {
        return None;
    }
    let mean = run.throughput.bytes.iter().sum::<u64>() as f64 / end;
    let lowest = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let [low, high, middle] = [lowest, highest, mean].map(rate);
    let description = format!("Over {end:.1} s the rate lay between {low} and {high}; its mean was {middle}.");
    let mut svg = Svg::new("throughput", "", HEIGHT, "Throughput over time", &description);
    let scale = Scale::of_rates([highest]);
    let steps = scale.ticks(highest, 4);
    let top = steps.last().map_or(highest, |step| step.0).max(highest);
    let y = |rate: f64| FLOOR - rate / top * (FLOOR - TOP);
    for (rate, label) in &steps {
        svg.line("grid", (0.0, y(*rate)), (1.0, y(*rate)));
        svg.label(X::Before(8.0), y(*rate) + 4.0, "end", "soft", label);
    }
    svg.label(X::Before(44.0), 10.0, "start", "soft", scale.unit);
    for (index, at) in ticks(end, 8).into_iter().filter(|at| *at <= end).enumerate() {
        svg.label(X::At(at / end), FLOOR + 18.0, "middle", spare(index), &trimmed(at));
    }
    svg.label(X::At(0.5), HEIGHT - 4.0, "middle", "soft", "seconds");
    // Each point stands for the time before it.
    let mut curve = Vec::new();
    let mut before = 0.0;
    for (at, rate) in &points {
        curve.extend([(before / end, y(*rate)), (at / end, y(*rate))]);
        before = *at;
    }
    svg.curve(&curve, FLOOR);
    svg.line("mean", (0.0, y(mean)), (1.0, y(mean)));
    Some((svg.finish(), rate_table(run)))
}

fn rate_table(run: &RunReport) -> Table {
    let points = rates(&run.throughput.bytes, run.throughput.interval_ns, run.last_done_ns, ROWS);
    let row = |(at, moved): &(f64, f64)| vec![format!("{at:.3}"), rate(*moved)];
    Table { names: vec!["up to second", "throughput"], rows: points.iter().map(row).collect(), best: None }
}

/// Points in time and the mean rates up to them since the one before, at most `most` of them. The last interval ends
/// when the workers did.
fn rates(bytes: &[u64], interval_ns: u64, end_ns: u64, most: usize) -> Vec<(f64, f64)> {
    let interval = interval_ns as f64 / 1e9;
    let each = bytes.len().div_ceil(most).max(1);
    let mut begin = 0.0;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (index, group) in bytes.chunks(each).enumerate() {
        let whole = (index * each + group.len()) as f64 * interval;
        let last = index * each + group.len() == bytes.len();
        let end = if last { whole.min(end_ns as f64 / 1e9) } else { whole };
        let moved = group.iter().sum::<u64>() as f64;
        // A last interval that is hardly begun shows nothing but chance: it counts with the one before.
        match points.pop() {
            Some((before, rate)) if last && end - begin < 0.5 * interval * each as f64 => {
                let start = points.last().map_or(0.0, |point| point.0);
                let all = rate * (before - start) + moved;
                points.push((end.max(before), all / (end.max(before) - start)));
            }
            earlier => {
                points.extend(earlier);
                if end > begin {
                    points.push((end, moved / (end - begin)));
                }
            }
        }
        begin = end;
    }
    points
}

/// The distribution of latency, on a logarithmic axis; `None` where there was no I/O.
pub(crate) fn latency(run: &RunReport) -> Option<(String, Table)> {
    let latency = run.latency_ns?;
    let bars = bars(&run.latency_counts);
    let axis = Axis::new(bars.first()?.0, bars.last()?.0);
    let all: u64 = bars.iter().map(|bar| bar.1).sum();
    let share = |count: u64| 100.0 * count as f64 / all as f64;
    let marks = [("p50", latency.p50), ("p99", latency.p99), ("p99.9", latency.p99_9)];
    let named: Vec<String> = marks.iter().map(|(name, ns)| format!("{name} {}", time(*ns))).collect();
    let description = format!("{all} I/Os; {}, longest {}.", named.join(", "), time(latency.max));
    let mut svg = Svg::new("latency", "", HEIGHT, "Distribution of latency", &description);
    let highest = share(bars.iter().map(|bar| bar.1).max()?);
    let steps = ticks(highest, 4);
    let top = steps.last().copied().unwrap_or(100.0).max(highest);
    let y = |percent: f64| FLOOR - percent / top * (FLOOR - TOP);
    for percent in steps {
        svg.line("grid", (0.0, y(percent)), (1.0, y(percent)));
        svg.label(X::Before(8.0), y(percent) + 4.0, "end", "soft", &format!("{} %", trimmed(percent)));
    }
    for (step, count) in &bars {
        let (from, to) = (time(bar_begin(*step)), time(bar_begin(step + 1)));
        let told = format!("{from} to {to}: {count} I/Os, {:.2} %", share(*count));
        svg.bar(axis.left(*step), axis.width(), (y(share(*count)).min(FLOOR - 1.0), FLOOR), &told);
    }
    axis.draw(&mut svg);
    let [half, most] = [latency.p50, latency.p99].map(|ns| axis.at(ns));
    for at in [half, most] {
        svg.line("mean", (at, TOP), (at, FLOOR));
    }
    svg.label(X::At(half), TOP - 8.0, if half < 0.1 { "start" } else { "end" }, "", "p50");
    svg.label(X::At(most), TOP - 8.0, if most > 0.9 { "end" } else { "start" }, "", "p99");
    let row = |(step, count): &(usize, u64)| {
        vec![time(bar_begin(*step)), count.to_string(), format!("{:.2} %", share(*count))]
    };
    let rows = bars.iter().map(row).collect();
    Some((svg.finish(), Table { names: vec!["from", "I/Os", "share"], rows, best: None }))
}

/// The axis of latencies: which bars it has room for.
struct Axis {
    low: usize,
    high: usize,
}

impl Axis {
    /// At least a few bars wide, so that a narrow distribution does not look like a wide one.
    fn new(first: usize, last: usize) -> Self {
        let spare = (12 - (last - first + 1).min(12)) / 2;
        Self { low: first.saturating_sub(spare), high: last + spare + 1 }
    }

    /// The width of a bar, as a share of the axis.
    fn width(&self) -> f64 {
        1.0 / (self.high - self.low) as f64
    }

    /// Where a bar begins.
    fn left(&self, step: usize) -> f64 {
        (step - self.low) as f64 * self.width()
    }

    /// Where a latency lies.
    fn at(&self, ns: u64) -> f64 {
        ((place(ns) - self.low as f64) * self.width()).clamp(0.0, 1.0)
    }

    fn draw(&self, svg: &mut Svg) {
        let skip = (self.high - self.low).div_ceil(LABELS).max(1);
        for (index, step) in (self.low..self.high).step_by(skip).enumerate() {
            svg.label(X::At(self.left(step)), FLOOR + 18.0, "middle", spare(index), &time(bar_begin(step)));
        }
        svg.label(X::At(0.5), HEIGHT - 4.0, "middle", "soft", "latency of an I/O, logarithmic");
    }
}

/// Bars for each power of two. Latencies are below 2^64 ns, so places are below 256.
const BARS: f64 = 4.0;

/// Where on the axis a latency lies, in bars.
fn place(ns: u64) -> f64 {
    (ns.max(1) as f64).log2() * BARS
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 256")]
fn bar(ns: u64) -> usize {
    place(ns) as usize
}

/// Where a bar begins, in nanoseconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not below 1")]
fn bar_begin(step: usize) -> u64 {
    (step as f64 / BARS).exp2().round() as u64
}

/// I/Os in each bar that is not empty.
fn bars(counts: &LatencyCounts) -> Vec<(usize, u64)> {
    let mut bars: Vec<(usize, u64)> = Vec::new();
    for (ns, count) in counts.up_to_ns.iter().zip(&counts.operations) {
        let step = bar(*ns);
        match bars.last_mut() {
            Some(last) if last.0 == step => last.1 += count,
            _ => bars.push((step, *count)),
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_keep_every_byte_and_end_with_the_workers() {
        let second = 1_000_000_000;
        let points = rates(&[10, 20, 30], second, 2_600_000_000, 100);
        assert_eq!(points.len(), 3);
        assert!((points[2].0 - 2.6).abs() < 1e-9 && (points[2].1 - 50.0).abs() < 1e-9, "{points:?}");
        // Hardly begun: together with the interval before.
        let points = rates(&[10, 20, 2], second, 2_100_000_000, 100);
        assert_eq!(points.len(), 2);
        assert!((points[1].1 - 20.0).abs() < 1e-9, "{points:?}");
        let points = rates(&[7; 1000], second, 1000 * second, 220);
        assert_eq!(points.len(), 200);
        assert!(points.iter().all(|point| (point.1 - 7.0).abs() < 1e-9));
        assert_eq!(rates(&[], second, 0, 10), []);
    }

    #[test]
    fn bars_count_every_io() {
        let counts = || {
            let mut counts = LatencyCounts::default();
            counts.up_to_ns = vec![1_050, 1_100, 64_000];
            counts.operations = vec![5, 6, 7];
            counts
        };
        let bars = bars(&counts());
        assert_eq!(bars.iter().map(|bar| bar.1).collect::<Vec<_>>(), [11, 7]);
        assert!(bar_begin(bars[0].0) <= 1_050 && bar_begin(bars[0].0 + 1) > 1_100);
    }
}
