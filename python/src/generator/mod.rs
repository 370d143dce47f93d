//! Data from a stream: chunk by chunk, as a file, or in one call.

pub(crate) mod chunks;
pub(crate) mod cursor;
pub(crate) mod fill;
mod new_bytes;
pub(crate) mod numeric;
pub(crate) mod one_shot;
