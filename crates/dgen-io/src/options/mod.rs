//! What callers choose: plain values.

pub(crate) mod io;
pub(crate) mod modes;
pub(crate) mod order;
pub(crate) mod ranks;
