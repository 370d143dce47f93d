//! The pieces of an operation, and which of them are done.

pub(crate) mod completed;
pub(crate) mod cursor;
pub(crate) mod spread;
