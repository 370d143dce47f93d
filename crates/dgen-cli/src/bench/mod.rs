//! Benchmarks.

mod check;
pub(crate) mod fill;
pub(crate) mod numa;
pub(crate) mod process;
pub(crate) mod storage;
