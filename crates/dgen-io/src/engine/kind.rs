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
    /// Whether kernel threads or workers can poll for I/Os.
    pub(crate) polls: bool,
    /// Whether the system has to allow it.
    pub(crate) needs_ring: bool,
    /// Whether data is moved between files and buffers. One that does not reads nothing, and writes to `/dev/null` alone.
    pub(crate) keeps_data: bool,
    /// Whether it is what data is moved to, wherever the path leads.
    pub(crate) is_device: bool,
    /// Makes the engine of one worker, in the worker's thread, for operations that own `buffers`.
    pub(crate) make: for<'a> fn(&EngineSetup<'a>, &mut [Buffer]) -> Result<Made<'a>>,
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
    pub(crate) warnings: Vec<String>,
}

impl<'a> Made<'a> {
    /// One of which there is nothing to say.
    pub(crate) fn plain(engine: impl Engine + 'a, depth: usize) -> Self {
        Self { engine: Box::new(engine), depth, registered: false, polled: false, warnings: Vec::new() }
    }
}
