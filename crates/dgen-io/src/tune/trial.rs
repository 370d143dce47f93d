//! What a try changes in the options of an operation, and what it came to.

use std::time::Duration;

use dgen::{Error, ErrorKind, Result};

use super::ramp::{Measured, Ramp, Wanted};
use super::seed;
use super::setting::{MOST_BYTES, SHARE, TunedSetting};
use crate::base::clock::Clock;
use crate::options::io::IoOptions;
use crate::report::run::RunReport;

impl Wanted {
    /// What options say already.
    pub(crate) fn given(buffer_size: Option<u64>, writers: Option<usize>, io: &IoOptions) -> Self {
        Self { writers, buffer_size, buffer_count: io.buffer_count, depth: io.depth }
    }

    /// Puts it into options.
    pub(crate) fn apply(self, buffer_size: &mut Option<u64>, writers: &mut Option<usize>, io: &mut IoOptions) {
        (*buffer_size, *writers) = (self.buffer_size, self.writers);
        (io.buffer_count, io.depth) = (self.buffer_count, self.depth);
    }
}

impl<'m> Ramp<'m> {
    /// For an operation of `size` bytes on so many processors.
    pub(crate) fn new(clock: &'m dyn Clock, given: Wanted, size: u64, cpus: usize) -> Self {
        Self { given, cpus, memory: seed::memory(), bytes: (size / SHARE).min(MOST_BYTES), clock }
    }
}

/// Lets a try end in so much time.
pub(crate) fn shorten(io: &mut IoOptions, limit: Duration) {
    io.passes = 1;
    io.time_limit = Some(io.time_limit.map_or(limit, |own| own.min(limit)));
}

/// What a try came to that moved so many bytes.
pub(crate) fn measured(error: Option<Error>, bytes: u64, run: &RunReport) -> Result<Measured> {
    if let Some(error) = error {
        return Err(error);
    }
    if bytes == 0 {
        return Err(Error::new(ErrorKind::Io, "nothing was moved in the time of a try"));
    }
    let elapsed = Duration::from_nanos(run.elapsed_ns);
    Ok(Measured { setting: TunedSetting::of(run), has_queue: run.overlaps, bytes, elapsed })
}
