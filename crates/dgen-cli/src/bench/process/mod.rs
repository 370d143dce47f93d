//! Processes of this command that a benchmark starts, binds to processors, and lets begin at the same time.

mod crew;
pub(crate) mod member;
mod message;
mod place;

use dgen::topology::IdSet;

pub(super) use crew::Crew;
pub(super) use message::{Job, Placed, Span, Work};

/// Where a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    /// For errors: `node 1`.
    pub(super) name: String,
    pub(super) cpus: IdSet,
    pub(super) threads: usize,
    /// The node where its buffer should lie, if it is one alone.
    pub(super) node: Option<u32>,
}
