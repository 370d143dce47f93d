//! A comparison as text.

use dgen_measure::TextTable;

use super::comparison::Comparison;
use super::figures::{Figure, groups, unit_of};
use crate::display::lines::{Text, names, row};

pub(crate) fn text(comparison: &Comparison) -> Text {
    let mut text = Text::default();
    row(&mut text, "A", comparison.a.told());
    row(&mut text, "B", comparison.b.told());
    if !comparison.differences.is_empty() {
        text.heading("not the same:");
        for difference in &comparison.differences {
            row(&mut text, difference.name, format_args!("{} (A), {} (B)", difference.a, difference.b));
        }
    }
    for (title, group) in groups(&comparison.figures) {
        text.heading(format!("{title}:"));
        let rows = group.iter().map(|figure| cells(figure, &group)).collect();
        text.table(TextTable { names: names(["figure", "A", "B", "change", "meaning"]), rows, left: vec![0, 4] });
    }
    text
}

/// What it is, both values, the change, and what that means.
fn cells(figure: &Figure, group: &[&Figure]) -> Vec<String> {
    let unit = unit_of(figure, group);
    let outcome = figure.outcome.told(figure.quantity);
    vec![figure.label().to_owned(), unit.text(figure.a), unit.text(figure.b), figure.change(), outcome.to_owned()]
}
