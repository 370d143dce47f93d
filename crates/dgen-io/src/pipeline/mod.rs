//! The way of every byte: claim, fill, submit, reap. The same for all engines, for writing and for reading.

pub(crate) mod assembly;
pub(crate) mod completion;
pub(crate) mod fill;
pub(crate) mod helpers;
pub(crate) mod pending;
pub(crate) mod rate_limiter;
pub(crate) mod shared;
pub(crate) mod spared;
mod sync;
pub(crate) mod task;
pub(crate) mod worker;

#[cfg(test)]
mod interleavings;
