//! The commands: from arguments to options, and from reports to exit codes.

mod again;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod dataset;
mod expected;
pub(crate) mod info;
pub(crate) mod man;
pub(crate) mod measure;
pub(crate) mod objects;
pub(crate) mod read;
pub(crate) mod recv;
pub(crate) mod send;
pub(crate) mod stream;
pub(crate) mod verify;
pub(crate) mod write;

use dgen::Error;

use crate::exit::{self, Exit};

/// How to end after a report: with its error, if there is one.
fn end(error: Option<&Error>) -> Exit {
    error.map_or(Exit::Done, exit::report)
}
