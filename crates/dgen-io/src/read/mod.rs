//! Reading as a benchmark: the bytes are moved to memory and not looked at.

pub(crate) mod once;
