//! What callers pass: each kind of argument checked once, on conversion, so that nothing behind it can fail.

pub(crate) mod batch;
pub(crate) mod duplicated;
pub(crate) mod generation;
pub(crate) mod paths;
pub(crate) mod progress;
pub(crate) mod reading;
pub(crate) mod recipe;
pub(crate) mod storage;
pub(crate) mod textured;
