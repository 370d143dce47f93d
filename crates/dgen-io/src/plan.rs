//! Buffers and workers of an operation: defaults, ranges, and rounding.

use dgen::units::{exact_size, human_size};
use dgen::{Error, Result};

/// Default bytes of one I/O: large enough for devices, small enough to stay in a core's own cache.
pub const DEFAULT_BUFFER: u64 = 1 << 20;
/// Largest buffer.
pub const MAX_BUFFER: u64 = 256 << 20;
/// Workers on storage, unless told otherwise: this many, or as many as there are threads if that is less.
pub const DEFAULT_WORKERS: usize = 4;
/// Most workers.
pub const MAX_WORKERS: usize = 1024;
/// Most memory that all buffers together may take.
const MAX_MEMORY: u64 = 8 << 30;

/// What the caller chose of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) buffer_size: Option<u64>,
    pub(crate) workers: Option<usize>,
    pub(crate) threads: Option<usize>,
    /// Workers without a choice: all threads where nothing waits for storage.
    pub(crate) waits: bool,
}

/// Validated and rounded.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) buffer: u64,
    pub(crate) workers: usize,
    pub(crate) warnings: Vec<String>,
}

impl Wish {
    /// Checks the values and rounds the buffer up to `alignment`; no more workers than buffers' worth of data.
    pub(crate) fn plan(self, alignment: u64, bytes: u64) -> Result<Plan> {
        let threads = dgen::driver::resolve_threads(self.threads)?;
        let default = if self.waits { threads.min(DEFAULT_WORKERS) } else { threads.min(MAX_WORKERS) };
        let workers = self.workers.unwrap_or(default);
        if !(1..=MAX_WORKERS).contains(&workers) {
            return Err(Error::invalid("workers", workers, &format!("1 to {MAX_WORKERS}")));
        }
        let asked = self.buffer_size.unwrap_or(DEFAULT_BUFFER);
        if !(1..=MAX_BUFFER).contains(&asked) {
            return Err(Error::invalid("buffer size", asked, "1 byte to 256 MiB"));
        }
        let buffer = asked.next_multiple_of(alignment);
        let extents = usize::try_from(bytes.div_ceil(buffer)).unwrap_or(usize::MAX);
        let workers = workers.min(extents.max(1));
        if buffer.saturating_mul(workers as u64) > MAX_MEMORY {
            let given = format!("{} for each of {workers} workers", human_size(buffer));
            return Err(Error::invalid("buffer size", given, &format!("{} in all", human_size(MAX_MEMORY))));
        }
        let mut warnings = Vec::new();
        if buffer != asked {
            let (asked, buffer) = (exact_size(asked), exact_size(buffer));
            warnings.push(format!("buffer size rounded up from {asked} to {buffer}, a multiple of {alignment}"));
        }
        Ok(Plan { buffer, workers, warnings })
    }
}
