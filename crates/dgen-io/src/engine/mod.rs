//! Engines: how I/Os are issued. The loops above them are the same for all.

pub(crate) mod inline;
pub(crate) mod kind;
pub(crate) mod machine;
pub(crate) mod make;
pub(crate) mod memory;
#[cfg(test)]
pub(crate) mod mock;
pub(crate) mod null;
pub(crate) mod operation;
pub(crate) mod select;
pub(crate) mod sync;
pub(crate) mod uring;
pub(crate) mod vector;
