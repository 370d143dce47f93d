//! Reports for people.

mod parts;
mod run;
mod verify;

pub(crate) use run::{read, write};
pub(crate) use verify::verify;
