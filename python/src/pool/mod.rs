//! Small objects of fresh data, without a copy.

pub(crate) mod bench;
#[cfg(not(Py_GIL_DISABLED))]
mod recent_views;
pub(crate) mod slices;
mod supply;
