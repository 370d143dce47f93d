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

/// The engine that was chosen, for I/Os that own `buffers`; `sync` where the system refuses it and nobody named it.
/// Fails when the engine was asked for by name and the system refuses it.
pub(crate) fn make<'a>(chosen: &Chosen, setup: &EngineSetup<'a>, buffers: &mut [Buffer]) -> Result<Made<'a>> {
    match (chosen.kind.make)(setup, buffers) {
        Err(error) if chosen.may_fall_back => {
            let warnings = vec![format!("a worker goes on with the engine {}: {error}", SYNC.name)];
            Ok(Made { warnings, ..(SYNC.make)(setup, buffers)? })
        }
        made => made,
    }
}
