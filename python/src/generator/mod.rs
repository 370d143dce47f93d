//! Data from a stream: chunk by chunk, as a file, or as numbers.

pub(crate) mod batch;
pub(crate) mod chunks;
pub(crate) mod cursor;
pub(crate) mod fill;
mod new_bytes;
pub(crate) mod normal;
pub(crate) mod numeric;
pub(crate) mod values;
