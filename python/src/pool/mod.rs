//! Pieces of fresh data, small ones from memory that lies ready: the pool, and the one-shot functions.

pub(crate) mod bench;
mod derived;
pub(crate) mod many;
pub(crate) mod one_shot;
#[cfg(not(Py_GIL_DISABLED))]
mod recent_views;
pub(crate) mod slices;
mod supply;
