//! Reports for people.

pub(crate) mod dataset;
mod measure;
mod network;
#[cfg(feature = "object")]
pub(crate) mod objects;
mod parts;
mod run;
mod skipped;
mod verify;

pub(crate) use measure::measured;
pub(crate) use network::{received, sent};
pub(crate) use run::{read, write};
pub(crate) use skipped::skipped;
pub(crate) use verify::{verdict_of, verify};
