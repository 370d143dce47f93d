//! Rows of comma-separated values.

mod file;
mod run;
pub(crate) mod table;
mod verify;

pub(crate) use file::CsvFile;
pub(crate) use run::{header, read, write};
pub(crate) use verify::{verify, verify_header};
