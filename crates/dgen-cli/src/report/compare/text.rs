//! A comparison as text.

use std::fmt::Write as _;

use super::Comparison;
use super::figures::Figure;

/// What stands before the first figure.
const NAMES: [&str; 5] = ["", "A", "B", "change", ""];

pub(crate) fn text(comparison: &Comparison) -> String {
    let mut text = format!("A  {}\nB  {}\n", comparison.a.told(), comparison.b.told());
    if !comparison.differences.is_empty() {
        text.push_str("\nNot the same:\n");
        for difference in &comparison.differences {
            writeln!(text, "  {}: {} (A), {} (B)", difference.name, difference.a, difference.b).expect("text grows");
        }
    }
    let mut rest = comparison.figures.as_slice();
    while let Some(first) = rest.first() {
        let together = |figure: &Figure| {
            figure.of.is_empty() == first.of.is_empty() && (first.of.is_empty() || figure.name == first.name)
        };
        let len = rest.iter().take_while(|figure| together(figure)).count();
        let (group, others) = rest.split_at(len);
        rest = others;
        let title = if first.of.is_empty() { String::new() } else { format!("{}:\n", first.name) };
        write!(text, "\n{title}{}", table(group)).expect("text grows");
    }
    text
}

/// Figures in columns.
fn table(figures: &[Figure]) -> String {
    let mut lines = vec![NAMES.map(str::to_owned)];
    lines.extend(figures.iter().map(cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..NAMES.len()).map(width).collect();
    let mut text = String::new();
    for [name, a, b, change, told] in &lines {
        let [w0, w1, w2, w3] = [widths[0], widths[1], widths[2], widths[3]];
        let line = format!("  {name:<w0$}  {a:>w1$}  {b:>w2$}  {change:>w3$}  {told}");
        writeln!(text, "{}", line.trim_end()).expect("text grows");
    }
    text
}

fn cells(figure: &Figure) -> [String; NAMES.len()] {
    let name = if figure.of.is_empty() { figure.name.to_owned() } else { figure.of.clone() };
    let (values, unit) = figure.quantity.shown([figure.a, figure.b]);
    let [a, b] =
        values.map(|value| if value.is_empty() { "-".into() } else { format!("{value} {unit}").trim_end().to_owned() });
    [name, a, b, figure.change(), figure.outcome.told(figure.quantity).to_owned()]
}

impl Figure {
    /// `+3.2 %`, or nothing.
    pub(super) fn change(&self) -> String {
        self.change_percent.map(|percent| format!("{percent:+.1} %")).unwrap_or_default()
    }
}
