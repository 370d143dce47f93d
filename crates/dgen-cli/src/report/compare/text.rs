//! A comparison as text.

use std::fmt::Write as _;

use super::comparison::Comparison;
use super::figures::{Figure, groups, unit_of};

/// The columns: what it is, both values, the change, and what that means.
const COLUMNS: usize = 5;

pub(crate) fn text(comparison: &Comparison) -> String {
    let mut text = format!("A  {}\nB  {}\n", comparison.a.told(), comparison.b.told());
    if !comparison.differences.is_empty() {
        text.push_str("\nnot the same:\n");
        for difference in &comparison.differences {
            writeln!(text, "  {}: {} (A), {} (B)", difference.name, difference.a, difference.b).expect("text grows");
        }
    }
    for (title, group) in groups(&comparison.figures) {
        write!(text, "\n{title}:\n{}", table(&group)).expect("text grows");
    }
    text
}

/// Figures in columns.
fn table(group: &[&Figure]) -> String {
    let mut lines = vec![["", "A", "B", "change", ""].map(str::to_owned)];
    lines.extend(group.iter().map(|figure| cells(figure, group)));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let [w0, w1, w2, w3] = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for [name, a, b, change, told] in &lines {
        let line = format!("  {name:<w0$}  {a:>w1$}  {b:>w2$}  {change:>w3$}  {told}");
        writeln!(text, "{}", line.trim_end()).expect("text grows");
    }
    text
}

fn cells(figure: &Figure, group: &[&Figure]) -> [String; COLUMNS] {
    let unit = unit_of(figure, group);
    let told = |value: Option<f64>| {
        let name = value.map_or("", |_| unit.name());
        format!("{} {name}", unit.number(value)).trim_end().to_owned()
    };
    let outcome = figure.outcome.told(figure.quantity);
    [figure.label().to_owned(), told(figure.a), told(figure.b), figure.change(), outcome.to_owned()]
}
