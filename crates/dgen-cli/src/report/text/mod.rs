//! Reports for people.

pub(crate) mod dataset;
mod network;
#[cfg(feature = "object")]
pub(crate) mod objects;
mod parts;
mod run;
mod skipped;
mod verify;

pub(crate) use network::{received, sent};
pub(crate) use run::{read, write};
pub(crate) use skipped::skipped;
pub(crate) use verify::verify;
