//! Files written, read, verified and measured, and the reports of it.

mod engine;
mod follow;
pub(crate) mod measure;
mod ranks;
pub(crate) mod read;
mod reports;
pub(crate) mod verify;
pub(crate) mod write;
