//! Tables for people.

use std::fmt::Write as _;

/// A table for people: every cell is text that is ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextTable {
    /// What the columns are called.
    pub names: Vec<String>,
    /// The cells, as many in each row as there are names.
    pub rows: Vec<Vec<String>>,
    /// The columns that begin at the left; all others end at the right, as numbers do.
    pub left: Vec<usize>,
}

impl TextTable {
    /// The names and the rows as lines, with columns as wide as they have to be, and two spaces between them.
    ///
    /// ```
    /// use dgen_measure::TextTable;
    /// let rows = vec![vec!["4KiB".into(), "1.00".into()]];
    /// let table = TextTable { names: vec!["block".into(), "ratio".into()], rows, left: vec![0] };
    /// assert_eq!(table.lines(), ["block  ratio", "4KiB    1.00"]);
    /// ```
    pub fn lines(&self) -> Vec<String> {
        let all = || std::iter::once(&self.names).chain(&self.rows);
        let width = |column: usize| all().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.names.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let mut line = String::new();
            for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let gap = if column > 0 { "  " } else { "" };
                let done = if self.left.contains(&column) {
                    write!(line, "{gap}{cell:<width$}")
                } else {
                    write!(line, "{gap}{cell:>width$}")
                };
                done.expect("text grows");
            }
            line.trim_end().to_owned()
        };
        all().map(line).collect()
    }
}
