//! Buffers, the memory nodes that they lie on, and the threads that use them.

pub(crate) mod buffers;
pub(crate) mod nodes;
pub(crate) mod threads;
