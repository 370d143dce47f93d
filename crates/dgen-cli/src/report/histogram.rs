//! Histograms below each other, over one axis.

use super::page::Table;
use super::svg::{Svg, X};

const TOP: f64 = 8.0;
const ROW: f64 = 44.0;
const BOTTOM: f64 = 40.0;
/// Between two rows.
const GAP: f64 = 10.0;
/// Labels below a plot; every second one is left out in a narrow window.
const LABELS: usize = 10;

/// Counts by the same bins, for several things.
pub(crate) struct Histograms {
    /// A word that no other drawing of the page has.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// What the rows are, and the bins.
    pub(crate) of: &'static str,
    pub(crate) by: &'static str,
    pub(crate) bins: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<u64>)>,
}

impl Histograms {
    /// The drawing: each row is as high as its highest bar.
    pub(crate) fn svg(&self) -> String {
        let floor = |row: usize| TOP + (row + 1) as f64 * ROW;
        let below = floor(self.rows.len().saturating_sub(1));
        let mut svg = Svg::new(self.id, "rows", below + BOTTOM, self.title, &self.description());
        let width = 1.0 / self.bins.len().max(1) as f64;
        for (row, (name, counts)) in self.rows.iter().enumerate() {
            let (floor, highest) = (floor(row), highest(counts));
            svg.label(X::Before(10.0), floor - 6.0, "end", "", name);
            svg.line("grid", (0.0, floor), (1.0, floor));
            svg.label(X::After(8.0), floor - ROW + GAP + 10.0, "start", "soft", &percent(highest, counts));
            for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let high = (ROW - GAP) * *count as f64 / highest as f64;
                let told = format!("{name}, {}: {}", self.bins[bin], percent(*count, counts));
                svg.bar(bin as f64 * width, width, (floor - high, floor), &told);
            }
        }
        let skip = self.bins.len().div_ceil(LABELS).max(1);
        for (index, (bin, label)) in self.bins.iter().enumerate().step_by(skip).enumerate() {
            let class = if index.is_multiple_of(2) { "soft" } else { "soft spare" };
            svg.label(X::At((bin as f64 + 0.5) * width), below + 16.0, "middle", class, label);
        }
        svg.label(X::At(0.5), below + BOTTOM - 4.0, "middle", "soft", self.by);
        svg.finish()
    }

    /// The numbers behind it, a line for each bin of each row that is not empty.
    pub(crate) fn table(&self) -> Table {
        let line = |name: &str, bin: usize, counts: &[u64]| {
            vec![name.to_owned(), self.bins[bin].clone(), counts[bin].to_string(), percent(counts[bin], counts)]
        };
        let lines = |(name, counts): &(String, Vec<u64>)| -> Vec<Vec<String>> {
            (0..counts.len()).filter(|bin| counts[*bin] > 0).map(|bin| line(name, bin, counts)).collect()
        };
        Table {
            names: vec![self.of, self.by, "count", "share"],
            rows: self.rows.iter().flat_map(lines).collect(),
            best: None,
        }
    }

    fn description(&self) -> String {
        let most = |(name, counts): &(String, Vec<u64>)| {
            let bin = counts.iter().enumerate().max_by_key(|(_, count)| **count).map_or(0, |(bin, _)| bin);
            let label = self.bins.get(bin).map_or("", String::as_str);
            format!("{name}: most at {label}, {}", percent(highest(counts), counts))
        };
        self.rows.iter().map(most).collect::<Vec<_>>().join("; ")
    }
}

fn highest(counts: &[u64]) -> u64 {
    counts.iter().copied().max().unwrap_or(0).max(1)
}

fn percent(count: u64, of: &[u64]) -> String {
    format!("{:.1} %", 100.0 * count as f64 / of.iter().sum::<u64>().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_that_is_not_empty_has_a_bar_and_a_line() {
        let shown = Histograms {
            id: "h",
            title: "T",
            of: "what",
            by: "size",
            bins: ["a", "<b>", "c"].map(str::to_owned).to_vec(),
            rows: vec![("x".into(), vec![3, 1, 0]), ("y".into(), vec![0, 0, 5])],
        };
        let svg = shown.svg();
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(svg.contains("x, &lt;b&gt;: 25.0 %") && !svg.contains("<b>"), "{svg}");
        let lines = shown.table().rows;
        assert_eq!(lines, [["x", "a", "3", "75.0 %"], ["x", "<b>", "1", "25.0 %"], ["y", "c", "5", "100.0 %"]]);
    }
}
