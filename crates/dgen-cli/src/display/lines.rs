//! The text of a report: rows of a name and a value, tables, and lines, laid out for where they are shown.

use dgen_measure::TextTable;

use super::look::{Look, Tone, wrapped};

/// Columns of the names, without the space behind them.
const NAMES: usize = 13;

/// A text, as it grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// A name, and a value, which is wrapped.
    Row(String, String, Tone),
    /// A name, and a value that is to be copied, and stays in one line.
    Whole(String, String),
    /// A line of prose.
    Line(String),
    /// A line above what belongs together.
    Heading(String),
    Table(TextTable),
}

/// Adds a row.
pub(crate) fn row(text: &mut Text, name: &str, value: impl std::fmt::Display) {
    toned(text, name, value, Tone::Plain);
}

/// Adds a row whose value is good or bad news.
pub(crate) fn toned(text: &mut Text, name: &str, value: impl std::fmt::Display, tone: Tone) {
    text.parts.push(Part::Row(name.to_owned(), value.to_string(), tone));
}

/// Adds a row whose value, such as a command, is to be copied: it stays in one line.
pub(crate) fn whole(text: &mut Text, name: &str, value: impl std::fmt::Display) {
    text.parts.push(Part::Whole(name.to_owned(), value.to_string()));
}

/// The names of a table's columns.
pub(crate) fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).into()
}

impl Text {
    /// Adds a line of prose.
    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.parts.push(Part::Line(line.into()));
    }

    /// Adds a heading, set off from what is above it.
    pub(crate) fn heading(&mut self, line: impl Into<String>) {
        self.parts.push(Part::Heading(line.into()));
    }

    /// Adds a table, set off from what is around it.
    pub(crate) fn table(&mut self, table: TextTable) {
        self.parts.push(Part::Table(table));
    }

    /// Adds another text.
    pub(crate) fn append(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    /// The text for a place that looks so.
    pub(crate) fn shown(&self, look: Look) -> String {
        let mut shown = String::new();
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 && part.is_set_off(&self.parts[index - 1]) {
                shown.push('\n');
            }
            part.show(&mut shown, look);
        }
        shown
    }
}

impl Part {
    /// Whether an empty line is between this and what is before it.
    const fn is_set_off(&self, before: &Self) -> bool {
        match (before, self) {
            (Self::Heading(_), _) => false,
            (_, Self::Heading(_) | Self::Table(_)) | (Self::Table(_), Self::Row(..) | Self::Whole(..)) => true,
            _ => false,
        }
    }

    fn show(&self, shown: &mut String, look: Look) {
        match self {
            Self::Row(name, value, tone) => show_row(shown, look, name, value, *tone),
            Self::Whole(name, value) => {
                show_row(shown, Look { width: None, ..look }, name, value, Tone::Plain);
            }
            Self::Line(line) | Self::Heading(line) => {
                shown.push_str(&wrapped(line, 0, 2, look.width));
                shown.push('\n');
            }
            Self::Table(table) => show_table(shown, look, table),
        }
    }
}

fn show_row(shown: &mut String, look: Look, name: &str, value: &str, tone: Tone) {
    let indent = name.chars().count().max(NAMES) + 1;
    let pad = " ".repeat(indent - name.chars().count());
    let value = wrapped(value, indent, indent, look.width);
    shown.push_str(&look.painted(name, Tone::Soft));
    shown.push_str(&pad);
    shown.push_str(&look.painted(&value, tone));
    shown.push('\n');
}

/// As columns, or, where they are too wide, each row as lines of its own.
fn show_table(shown: &mut String, look: Look, table: &TextTable) {
    let lines = table.lines();
    if look.fits(lines.iter().map(String::as_str)) {
        for (index, line) in lines.iter().enumerate() {
            shown.push_str(&look.painted(line, if index == 0 { Tone::Soft } else { Tone::Plain }));
            shown.push('\n');
        }
        return;
    }
    for (index, cells) in table.rows.iter().enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        for (name, cell) in table.names.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            show_row(shown, look, name, cell, Tone::Plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(width: usize) -> Look {
        Look { width: Some(width), colour: false }
    }

    #[test]
    fn rows_are_wrapped_below_their_values_and_commands_are_not() {
        let mut text = Text::default();
        row(&mut text, "queue", "1 worker with a depth of 8");
        whole(&mut text, "to use it", "dgen write PATH --depth 8");
        let whole = "queue         1 worker with a depth of 8\nto use it     dgen write PATH --depth 8\n";
        assert_eq!(text.shown(Look::default()), whole);
        let wrapped =
            "queue         1 worker with\n              a depth of 8\nto use it     dgen write PATH --depth 8\n";
        assert_eq!(text.shown(narrow(28)), wrapped);
    }

    #[test]
    fn tables_are_columns_where_they_fit_and_rows_of_lines_elsewhere() {
        let mut text = Text::default();
        let rows = vec![vec!["4KiB".into(), "1".into()], vec!["64KiB".into(), String::new()]];
        text.table(TextTable { names: vec!["block".into(), "ratio".into()], rows, left: vec![0] });
        row(&mut text, "after", "it");
        assert_eq!(text.shown(narrow(12)), "block  ratio\n4KiB       1\n64KiB\n\nafter         it\n");
        let rows = "block         4KiB\nratio         1\n\nblock         64KiB\n\nafter         it\n";
        assert_eq!(text.shown(narrow(11)), rows);
    }

    #[test]
    fn names_are_soft_and_news_are_coloured() {
        let mut text = Text::default();
        toned(&mut text, "result", "ok", Tone::Good);
        let shown = text.shown(Look { width: None, colour: true });
        assert_eq!(shown, "\u{1b}[2mresult\u{1b}[0m        \u{1b}[32mok\u{1b}[0m\n");
    }
}
