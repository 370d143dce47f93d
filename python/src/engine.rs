//! The arguments that choose how I/O is done, checked against what this build can do.

use crate::errors::bad_value;
use crate::numbers::Depth;
use dgen_io::DirectMode;
use pyo3::PyResult;

/// Refuses what the one engine, `sync`, cannot do: it has one I/O in flight per worker.
pub(crate) fn check(use_io_uring: Option<bool>, depth: Option<Depth>) -> PyResult<()> {
    if use_io_uring == Some(true) {
        return Err(bad_value("use_io_uring", "True", "False, or None; this build has no io_uring engine"));
    }
    match depth {
        Some(Depth(depth)) if depth != 1 => {
            let accepted = "1, or None; engine sync has one I/O in flight per worker: raise the number of workers";
            Err(bad_value("depth", depth, accepted))
        }
        _ => Ok(()),
    }
}

/// The mode that an argument asks for, or `chosen` where it asks for none.
pub(crate) fn direct(use_direct_io: Option<bool>, chosen: DirectMode) -> DirectMode {
    match use_direct_io {
        None => chosen,
        Some(true) => DirectMode::On,
        Some(false) => DirectMode::Off,
    }
}
