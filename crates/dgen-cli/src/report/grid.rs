//! A table whose cells hold numbers with bars and spreads, and which can be sorted by each column.

use std::fmt::Write as _;

use super::page::{Page, escape, scrolling};

/// Half the width of a strip of dots, and its middle, in pixels.
const REACH: f64 = 26.0;
const MIDDLE: f64 = 30.0;
/// How strong the colour of the lowest and of the highest bar is.
const STRENGTH: (f64, f64) = (0.35, 1.0);

/// A table under construction.
pub(crate) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// What a column is called, with the unit of its numbers, and whether it holds numbers.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) number: bool,
}

/// A line of cells, and how it stands out.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    pub(crate) best: bool,
    /// Whether its numbers are not to be relied on.
    pub(crate) faint: bool,
}

/// What a cell shows, what it is sorted by, and what is drawn with it.
pub(crate) struct Cell {
    text: String,
    key: Option<f64>,
    class: &'static str,
    /// Safe already.
    drawn: String,
}

impl Cell {
    pub(crate) fn word(text: impl Into<String>) -> Self {
        Self { text: text.into(), key: None, class: "", drawn: String::new() }
    }

    pub(crate) fn number(text: String, key: f64) -> Self {
        Self { text, key: Some(key), class: "number", drawn: String::new() }
    }

    /// Nothing was measured: sorted below everything.
    pub(crate) fn empty() -> Self {
        Self::number(String::new(), -1.0)
    }

    /// A number with a bar of this share of the longest, the stronger coloured the longer it is.
    pub(crate) fn bar(text: &str, key: f64, share: f64) -> Self {
        let strength = STRENGTH.0 + share.clamp(0.0, 1.0) * (STRENGTH.1 - STRENGTH.0);
        let drawn = bar(&format!(" style=\"width:{};opacity:{strength:.2}\"", percent(share)), text);
        Self { drawn, class: "number bar-cell", ..Self::number(String::new(), key) }
    }

    /// Two numbers, each with a bar of this share of the longest, below each other.
    pub(crate) fn pair(one: (&str, f64), other: (&str, f64), key: f64) -> Self {
        let drawn = [(one, ""), (other, " class=\"other\"")]
            .map(|((text, share), class)| bar(&format!("{class} style=\"width:{}\"", percent(share)), text));
        Self { drawn: drawn.concat(), class: "number bar-cell pair", ..Self::number(String::new(), key) }
    }

    /// Lowest and highest of several, with a dot for each: the middle of the strip is `middle`, its ends are this share of it
    /// away, and what lies further out is drawn there.
    pub(crate) fn spread(text: String, values: &[f64], middle: f64, reach: f64) -> Self {
        let at = |value: &f64| MIDDLE + ((value / middle - 1.0) / reach.max(1e-9)).clamp(-1.0, 1.0) * REACH;
        let dots = values.iter().map(at).filter(|at| at.is_finite());
        let dots = dots.map(|at| format!("<circle class=\"dot plain\" cx=\"{at:.1}\" cy=\"7\" r=\"3\"/>"));
        let dots = dots.collect::<Vec<_>>().concat();
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(0.0, f64::max);
        let drawn = format!(
            "<svg width=\"60\" height=\"14\" aria-hidden=\"true\"><line class=\"grid\" x1=\"{MIDDLE}\" y1=\"0\" x2=\"{MIDDLE}\" y2=\"14\"/>{dots}</svg>"
        );
        Self { drawn, ..Self::number(text, (highest - lowest) / middle.max(1e-9)) }
    }

    /// A number, and below it in a word, of a class, what it means.
    pub(crate) fn judged(text: String, key: f64, class: &str, word: &str) -> Self {
        let drawn = format!("<small class=\"{class}\">{}</small>", escape(word));
        Self { drawn, ..Self::number(text, key) }
    }

    /// The same with a class that says how the number is meant.
    pub(crate) fn meant(self, class: &'static str) -> Self {
        Self { class, ..self }
    }

    fn html(&self) -> String {
        let Self { text, key, class, drawn } = self;
        let key = key.map(|key| format!(" data-key=\"{key}\"")).unwrap_or_default();
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        format!("<td{class}{key}>{}{drawn}</td>", escape(text))
    }
}

/// A bar with these attributes, and its number.
fn bar(attributes: &str, text: &str) -> String {
    format!("<div><b><i{attributes}></i></b><span>{}</span></div>", escape(text))
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share.clamp(0.0, 1.0))
}

impl Grid {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    fn html(&self) -> String {
        let mut html = String::from("<table class=\"points sortable\">\n<thead><tr>");
        for Column { name, number } in &self.columns {
            let class = if *number { " class=\"number\"" } else { "" };
            write!(html, "<th scope=\"col\"{class}>{}</th>", escape(name)).expect("text grows");
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            let classes: Vec<&str> = [(row.best, "best"), (row.faint, "faint")]
                .iter()
                .filter(|class| class.0)
                .map(|class| class.1)
                .collect();
            let cells: String = row.cells.iter().map(Cell::html).collect();
            let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
            writeln!(html, "<tr{class}>{cells}</tr>").expect("text grows");
        }
        html.push_str("</tbody>\n</table>");
        scrolling(&html)
    }
}

impl Page {
    pub(crate) fn grid(&mut self, grid: &Grid) {
        self.add(format_args!("{}", grid.html()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_and_sorted_by_numbers() {
        let mut grid = Grid::new(vec![Column { name: "<rate>".into(), number: true }]);
        let cells = vec![
            Cell::bar("<u>", 2.5, 7.0),
            Cell::pair(("<u>", 0.5), ("<u>", 1.0), 3.0),
            Cell::spread("1 - 3".into(), &[1.0, 2.0, 3.0], 2.0, 0.5),
            Cell::empty(),
            Cell::word("</td>"),
        ];
        grid.push(Row { cells, best: true, faint: true });
        let html = grid.html();
        assert!(html.contains("data-key=\"2.5\"><div><b><i style=\"width:100.0%;") && !html.contains("<u>"), "{html}");
        assert!(html.contains("data-key=\"1\">1 - 3<svg") && html.matches("<circle").count() == 3, "{html}");
        assert!(html.contains("cx=\"4.0\"") && html.contains("cx=\"56.0\"") && html.contains("&lt;/td&gt;"), "{html}");
        assert!(html.contains("<tr class=\"best faint\">") && html.contains("&lt;rate&gt;"), "{html}");
    }
}
