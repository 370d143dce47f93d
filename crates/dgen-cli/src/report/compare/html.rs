//! A comparison as one page of HTML, with a pair of bars for each figure.

use super::Comparison;
use super::figures::Figure;
use super::outcome::Outcome;
use crate::report::grid::{Cell, Column, Grid, Row, Side};
use crate::report::origin;
use crate::report::page::{Page, Table};

pub(crate) fn page(comparison: &Comparison) -> String {
    let title = format!("dgen report compare: two of dgen {}", comparison.compared.name());
    let mut page =
        Page::new(&title, &format!("made {}; dgen {}", origin::date(origin::started()), env!("CARGO_PKG_VERSION")));
    page.facts(&[("A", comparison.a.told()), ("B", comparison.b.told())]);
    page.verdict(&[("found", found(comparison))]);
    page.warnings(&comparison.warnings);
    if !comparison.differences.is_empty() {
        page.heading("Not the same");
        let row = |difference: &super::Difference| {
            vec![difference.name.to_owned(), difference.a.clone(), difference.b.clone()]
        };
        let rows = comparison.differences.iter().map(row).collect();
        page.table(&Table { names: vec!["setting", "A", "B"], rows, best: None });
    }
    let whole: Vec<&Figure> = comparison.figures.iter().filter(|figure| figure.of.is_empty()).collect();
    if !whole.is_empty() {
        page.heading("Figures of the run");
        page.grid(&grid(&whole, "figure", |figure| figure.name.to_owned()));
    }
    let mut names: Vec<&str> = Vec::new();
    for figure in comparison.figures.iter().filter(|figure| !figure.of.is_empty()) {
        if !names.contains(&figure.name) {
            names.push(figure.name);
        }
    }
    for name in names {
        let of: Vec<&Figure> =
            comparison.figures.iter().filter(|figure| figure.name == name && !figure.of.is_empty()).collect();
        page.heading(&format!("{}{}", name[..1].to_uppercase(), &name[1..]));
        page.grid(&grid(&of, "of", |figure| figure.of.clone()));
    }
    page.note("Bars of a line have one scale, the longer one is full. What is not further apart than the rounds of the two is within the spread.");
    page.finish()
}

/// How many figures went which way.
fn found(comparison: &Comparison) -> String {
    let kinds = [
        (Outcome::Better, "better"),
        (Outcome::Worse, "worse"),
        (Outcome::WithinSpread, "within the spread"),
        (Outcome::Same, "the same"),
        (Outcome::NotReliable, "not reliable"),
        (Outcome::OnlyA, "only in A"),
        (Outcome::OnlyB, "only in B"),
    ];
    let count = |outcome: Outcome| comparison.figures.iter().filter(|figure| figure.outcome == outcome).count();
    let parts = kinds.iter().map(|(outcome, name)| (count(*outcome), name)).filter(|part| part.0 > 0);
    let parts: Vec<String> = parts.map(|(count, name)| format!("{count} {name}")).collect();
    format!("From A to B, of {} figures: {}", comparison.figures.len(), parts.join(", "))
}

fn grid(figures: &[&Figure], of: &str, name: impl Fn(&Figure) -> String) -> Grid {
    let columns = [(of, false), ("A", true), ("B", true), ("unit", false), ("change", true), ("", false)];
    let mut grid = Grid::new(columns.map(|(name, number)| Column { name: name.into(), number }).into());
    for figure in figures {
        let ([a, b], unit) = figure.quantity.shown([figure.a, figure.b]);
        let most = figure.a.unwrap_or(0.0).max(figure.b.unwrap_or(0.0)).max(f64::MIN_POSITIVE);
        let bar = |text: String, value: Option<f64>, side: Side| {
            value.map_or_else(Cell::empty, |value| Cell::bar(text, value, value / most, side))
        };
        let class = match figure.outcome {
            Outcome::Better => "better",
            Outcome::Worse => "worse",
            _ => "",
        };
        let change = figure.change_percent.map_or_else(Cell::empty, |percent| Cell::number(figure.change(), percent));
        let cells = vec![
            Cell::word(name(figure)),
            bar(a, figure.a, Side::One),
            bar(b, figure.b, Side::Other),
            Cell::word(unit),
            change,
            Cell::word(figure.outcome.told(figure.quantity)).meant(class),
        ];
        grid.push(Row { cells, ..Row::default() });
    }
    grid
}
