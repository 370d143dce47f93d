//! Benchmarks.

pub(crate) mod fill;
mod latency;
mod measure;
