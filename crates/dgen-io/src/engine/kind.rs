//! What an engine says of itself.

use dgen::Result;

use super::operation::Engine;
use crate::memory::buffers::Buffer;
use crate::options::io::IoOptions;
use crate::storage::open_file::OpenFile;

/// One kind of engine. Each has one such value, in its own file; nothing else tells them apart.
#[derive(Debug)]
pub(crate) struct EngineKind {
    /// As options and reports call it.
    pub(crate) name: &'static str,
    /// I/Os that each worker keeps in flight, unless told otherwise.
    pub(crate) default_depth: usize,
    /// Most of them.
    pub(crate) max_depth: usize,
    /// Whether I/Os go on while the worker does something else, so that as many buffers wait filled as are in flight.
    pub(crate) overlaps: bool,
    /// Whether it is a ring that is shared with the kernel: the system has to allow it, and it can be polled.
    pub(crate) is_ring: bool,
    /// Where data goes.
    pub(crate) target: EngineTarget,
    /// Fails when there is not the memory that so many workers need beside their buffers.
    pub(crate) check_room: fn(usize) -> Result<()>,
    /// Makes the engine of one worker, in the worker's thread.
    pub(crate) make: Make,
}

/// Makes an engine for operations that own these buffers.
type Make = for<'a> fn(&EngineSetup<'a>, &mut [Buffer]) -> Result<Made<'a>>;

/// Where an engine moves data, or from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineTarget {
    Files,
    /// Memory, wherever the path leads. As with nowhere, nothing can be read, and `/dev/null` alone is written to.
    Memory,
    Nowhere,
}

impl EngineKind {
    /// One that carries out each operation when it is submitted.
    pub(super) const fn inline(name: &'static str, max_depth: usize, target: EngineTarget, make: Make) -> Self {
        Self {
            name,
            default_depth: 1,
            max_depth,
            overlaps: false,
            is_ring: false,
            target,
            check_room: |_| Ok(()),
            make,
        }
    }

    /// Whether files hold what it has written.
    pub(crate) fn keeps_data(&self) -> bool {
        self.target == EngineTarget::Files
    }
}

/// What an engine is made for.
#[derive(Clone, Copy)]
pub(crate) struct EngineSetup<'a> {
    pub(crate) options: &'a IoOptions,
    /// I/Os in flight at most.
    pub(crate) depth: usize,
    pub(crate) files: &'a [&'a OpenFile],
}

impl EngineSetup<'_> {
    /// Bytes of one piece of a buffer; an operation on more is a vectored one.
    pub(crate) fn element(&self, buffers: &[Buffer]) -> usize {
        buffers.first().map_or(1, |buffer| buffer.len()) / self.options.vectored
    }
}

/// An engine, and what to say about it.
pub(crate) struct Made<'a> {
    pub(crate) engine: Box<dyn Engine + 'a>,
    /// I/Os it can have in flight.
    pub(crate) depth: usize,
    /// Whether its buffers are registered with the kernel.
    pub(crate) registered: bool,
    /// Whether completions are polled for.
    pub(crate) polled: bool,
    /// Why it is not the one that was chosen, if it is not.
    pub(crate) left: Option<String>,
    pub(crate) warnings: Vec<String>,
}

impl<'a> Made<'a> {
    /// One of which there is nothing to say.
    pub(crate) fn plain(engine: impl Engine + 'a, depth: usize) -> Self {
        Self { engine: Box::new(engine), depth, registered: false, polled: false, left: None, warnings: Vec::new() }
    }
}
