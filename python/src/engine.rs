//! The arguments that choose how I/O is done.

use crate::numbers::{BufferCount, Depth};
use crate::errors::exception;
use dgen_io::{Advice, DirectMode, EngineChoice, IoOptions};
use pyo3::PyResult;

/// Engine and queue as asked for; what contradicts itself or this system, the core refuses.
pub(crate) fn io(use_io_uring: Option<bool>, depth: Option<Depth>, buffers: Option<BufferCount>) -> IoOptions {
    let mut options = IoOptions::default();
    options.engine = match use_io_uring {
        None => EngineChoice::Auto,
        Some(true) => EngineChoice::IoUring,
        Some(false) => EngineChoice::Sync,
    };
    options.depth = depth.map(|depth| depth.0);
    options.buffer_count = buffers.map(|count| count.0);
    options
}

/// The advice that an argument names.
pub(crate) fn advice(advise: Option<&str>) -> PyResult<Advice> {
    advise.map_or(Ok(Advice::Auto), |name| name.parse().map_err(|error| exception(&error)))
}

/// The mode that an argument asks for, or `chosen` where it asks for none.
pub(crate) fn direct(use_direct_io: Option<bool>, chosen: DirectMode) -> DirectMode {
    match use_direct_io {
        None => chosen,
        Some(true) => DirectMode::On,
        Some(false) => DirectMode::Off,
    }
}
