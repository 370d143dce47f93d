//! A comparison as one page of HTML, with a pair of bars for each figure.

use super::comparison::Comparison;
use super::differences::Difference;
use super::figures::{Figure, groups, unit_of};
use super::outcome::Outcome;
use crate::report::grid::{Cell, Column, Grid, Row};
use crate::report::origin;
use crate::report::page::Page;

pub(crate) fn page(comparison: &Comparison) -> String {
    let title = format!("dgen report compare: two of dgen {}", comparison.compared.name());
    let made = format!("{}; dgen {}", origin::date(origin::started()), env!("CARGO_PKG_VERSION"));
    let mut page = Page::new(&title, &made);
    page.sides(&comparison.a.told(), &comparison.b.told());
    page.verdict(&[("found", found(comparison))]);
    page.warnings(&comparison.warnings);
    if !comparison.differences.is_empty() {
        page.heading("Not the same");
        page.grid(&differences(&comparison.differences));
    }
    for (title, group) in groups(&comparison.figures) {
        let (first, rest) = title.split_at(1);
        page.heading(&format!("{}{rest}", first.to_uppercase()));
        page.grid(&grid(&group));
    }
    page.note(
        "Figures of one kind have one scale, each figure of the run has its own. Where the rounds of one reach into those \
         of the other, the change is within the spread.",
    );
    page.finish()
}

/// How many figures went which way.
fn found(comparison: &Comparison) -> String {
    let kinds = [
        (Outcome::Better, "better"),
        (Outcome::Worse, "worse"),
        (Outcome::WithinSpread, "within the spread"),
        (Outcome::TooNear, "too near to tell"),
        (Outcome::Same, "the same"),
        (Outcome::Changed, "neither better nor worse"),
        (Outcome::NotReliable, "not reliable"),
        (Outcome::OnlyA, "only in A"),
        (Outcome::OnlyB, "only in B"),
    ];
    let count = |outcome: Outcome| comparison.figures.iter().filter(|figure| figure.outcome == outcome).count();
    let parts = kinds.iter().map(|(outcome, name)| (count(*outcome), name)).filter(|part| part.0 > 0);
    let parts: Vec<String> = parts.map(|(count, name)| format!("{count} {name}")).collect();
    format!("from A to B, of {} figures: {}", comparison.figures.len(), parts.join(", "))
}

fn columns(names: &[(&str, bool)]) -> Grid {
    Grid::new(names.iter().map(|(name, number)| Column { name: (*name).to_owned(), number: *number }).collect())
}

fn differences(all: &[Difference]) -> Grid {
    let mut grid = columns(&[("setting", false), ("A", false), ("B", false)]);
    for Difference { name, a, b } in all {
        let cells = vec![Cell::word(*name), Cell::word(a).meant("wrap"), Cell::word(b).meant("wrap")];
        grid.push(Row { cells, ..Row::default() });
    }
    grid
}

fn grid(group: &[&Figure]) -> Grid {
    let mut grid = columns(&[("figure", false), ("A and B", true), ("change", true)]);
    let highest = |figure: &Figure| figure.a.unwrap_or(0.0).max(figure.b.unwrap_or(0.0));
    let of_group = group.iter().map(|figure| highest(figure)).fold(0.0, f64::max);
    for figure in group {
        let unit = unit_of(figure, group);
        let most = if figure.of.is_empty() { highest(figure) } else { of_group }.max(f64::MIN_POSITIVE);
        let [a, b] = [figure.a, figure.b].map(|value| (unit.text(value), value.unwrap_or(0.0) / most));
        let class = match figure.outcome {
            Outcome::Better => "better",
            Outcome::Worse => "worse",
            _ => "",
        };
        let (change, key) = (figure.change(), figure.change_percent.unwrap_or(-100.0));
        let cells = vec![
            Cell::word(figure.label()).meant("wrap"),
            Cell::pair((&a.0, a.1), (&b.0, b.1), figure.b.unwrap_or(-1.0)),
            Cell::judged(change, key, class, figure.outcome.told(figure.quantity)),
        ];
        grid.push(Row { cells, ..Row::default() });
    }
    grid
}
