//! Reports for people.

pub(crate) mod dataset;
mod parts;
mod run;
mod skipped;
mod verify;

pub(crate) use run::{read, write};
pub(crate) use skipped::skipped;
pub(crate) use verify::verify;
