//! The report of a measurement.

use dgen_measure::{MeasureReport, TextPart};

use crate::display::lines::{Text, row};
use crate::report::words::units;

/// What was measured, without warnings.
pub(crate) fn measured(report: &MeasureReport) -> Text {
    let mut text = Text::default();
    for part in report.text_parts(units()) {
        match part {
            TextPart::Fact(name, value) => row(&mut text, name, value),
            TextPart::Table(table) => text.table(table),
            TextPart::Note(note) => text.line(note),
            _ => unreachable!("these are all parts"),
        }
    }
    text
}
