//! Benchmarks.

pub(crate) mod fill;
mod latency;
mod measure;
pub(crate) mod numa;
pub(crate) mod process;
mod scaling;
pub(crate) mod storage;
