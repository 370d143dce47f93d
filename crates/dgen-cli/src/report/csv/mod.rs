//! Rows of comma-separated values.

mod file;
mod run;
pub(crate) mod table;

pub(crate) use file::CsvFile;
pub(crate) use run::{header, read, write};
