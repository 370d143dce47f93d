//! Lines of a report: a name and a value.

use std::fmt::Write as _;

/// One line.
pub(crate) fn row(text: &mut String, name: &str, value: impl std::fmt::Display) {
    writeln!(text, "{name:<13} {value}").expect("text grows");
}
