//! Makes the engine of one worker, in the worker's thread.

use dgen::Result;

use super::inline::AtOnce;
use super::memory::Memory;
use super::null::Null;
use super::operation::Engine;
use super::select::{Chosen, EngineKind};
use super::sync::Sync;
use super::uring::{RingWish, UringEngine};
use crate::memory::buffers::Buffer;
use crate::options::io::IoOptions;
use crate::storage::open_file::Channel;

/// An engine, and what to say about it.
pub(crate) struct Made<'a> {
    pub(crate) engine: Box<dyn Engine + 'a>,
    /// I/Os it can have in flight.
    pub(crate) depth: usize,
    pub(crate) registered: bool,
    /// Whether completions are polled for.
    pub(crate) polled: bool,
    pub(crate) warnings: Vec<String>,
}

/// The engine that was chosen, for I/Os that own `buffers`; `sync` where the system refuses a ring and nobody named it.
///
/// # Errors
/// When the engine was asked for by name and the system refuses it.
pub(crate) fn make<'a>(
    chosen: &Chosen,
    options: &IoOptions,
    depth: usize,
    channels: &'a [&'a Channel],
    buffers: &mut [Buffer],
) -> Result<Made<'a>> {
    let simple = |engine, depth| Made { engine, depth, registered: false, polled: false, warnings: Vec::new() };
    let element = buffers.first().map_or(1, |buffer| buffer.len()) / options.vectored;
    let sync = || simple(Box::new(AtOnce::new(Sync { channels, element })), 1);
    match chosen.kind {
        EngineKind::Sync => Ok(sync()),
        EngineKind::Null => Ok(simple(Box::new(AtOnce::new(Null)), depth)),
        EngineKind::Memory => Ok(simple(Box::new(AtOnce::new(Memory::new()?)), depth)),
        EngineKind::IoUring => {
            let wish = RingWish {
                depth: u32::try_from(depth).expect("at most 4096"),
                // There is no vectored operation on registered buffers in kernels before 6.15.
                registered: options.registered && options.vectored == 1,
                element,
                sqpoll: options.sqpoll,
                iopoll: options.iopoll,
            };
            match UringEngine::new(channels, wish, buffers) {
                Ok((engine, warnings)) => {
                    let registered = engine.has_registered();
                    Ok(Made { engine: Box::new(engine), depth, registered, polled: options.iopoll, warnings })
                }
                Err(error) if chosen.may_fall_back => {
                    let warning = format!("a worker goes on with the engine sync: {error}");
                    Ok(Made { warnings: vec![warning], ..sync() })
                }
                Err(error) => Err(error),
            }
        }
    }
}
