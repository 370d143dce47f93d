//! The memory policy of a thread.

use crate::topology::IdSet;
use serde::Serialize;

/// Where a thread's memory comes from, unless a range has a rule of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Policy {
    /// `default` (the node of the processor that touches a page first), `preferred`, `bind`, `interleave`, `local`,
    /// `preferred_many`, `weighted_interleave` or `unknown`.
    pub mode: &'static str,
    /// The nodes that it names.
    pub nodes: IdSet,
}

impl Policy {
    /// By the kernel's number, whose upper bits are flags.
    pub(super) fn new(number: i32, nodes: IdSet) -> Self {
        const MODES: [&str; 7] =
            ["default", "preferred", "bind", "interleave", "local", "preferred_many", "weighted_interleave"];
        let mode = usize::try_from(number & 0xff).ok().and_then(|index| MODES.get(index).copied());
        Self { mode: mode.unwrap_or("unknown"), nodes }
    }

    /// Whether pages come from where they are touched first.
    pub(super) fn is_local(&self) -> bool {
        matches!(self.mode, "default" | "local")
    }
}
