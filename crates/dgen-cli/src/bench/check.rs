//! What the benchmarks check of their own work, and the errors of those that cannot go on.

use dgen::units::PAGE;
use dgen::{Error, ErrorKind, Result, Stream};

/// Pages compared with the portable kernel after each turn, the first and last of the buffer included.
const PAGES: usize = 17;

/// Whether every byte of the buffer is `value`.
pub(super) fn holds(out: &[u8], value: u8) -> bool {
    out.iter().all(|&byte| byte == value)
}

/// Whether sampled pages of the buffer are those of the stream.
pub(super) fn is_stream(portable: &Stream, offset: u64, out: &[u8]) -> Result<bool> {
    let last = out.len() - PAGE;
    let mut expected = [0; PAGE];
    for index in 0..PAGES {
        let at = last * index / (PAGES - 1);
        portable.fill_at(offset + at as u64, &mut expected)?;
        if out[at..at + PAGE] != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The error of an interrupted benchmark.
pub(super) fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "the benchmark was interrupted")
}

/// The error of a benchmark whose result cannot be trusted.
pub(super) fn untrusted(what: &str) -> Error {
    Error::new(ErrorKind::Io, format!("the benchmark's own check failed: {what}"))
}
