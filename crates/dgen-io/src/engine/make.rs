//! Makes the engine of one worker, in the worker's thread.

use dgen::Result;

use super::kind::{EngineKind, EngineSetup, Made};
use super::sync::SYNC;
use crate::memory::buffers::Buffer;

/// A decision for an engine and its reason.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) kind: &'static EngineKind,
    pub(crate) reason: String,
    pub(crate) warnings: Vec<String>,
    /// Whether a worker may go on with `sync` where the system refuses it.
    pub(crate) may_fall_back: bool,
}

impl Chosen {
    /// The engine of a run and its reason, where all workers have left the one that was chosen for `left`.
    pub(crate) fn used(&self, left: Option<&String>) -> (&'static EngineKind, String) {
        let name = self.kind.name;
        left.map_or_else(|| (self.kind, self.reason.clone()), |why| (&SYNC, format!("{name} was refused: {why}")))
    }
}

/// The engine that was chosen, for I/Os that own `buffers`; `sync` where the system refuses it and nobody named it.
/// Fails when the engine was asked for by name and the system refuses it.
pub(crate) fn make<'a>(chosen: &Chosen, setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>> {
    match (chosen.kind.make)(setup, buffers) {
        Err(error) if chosen.may_fall_back => {
            Ok(Made { left: Some(error.to_string()), ..(SYNC.make)(setup, buffers)? })
        }
        made => made,
    }
}
