//! Benchmarks.

pub(crate) mod fill;
mod latency;
mod measure;
pub(crate) mod numa;
pub(crate) mod storage;
