//! The memory that data lies in: buffers of Python objects, and memory that is handed out.

pub(crate) mod bytearrays;
pub(crate) mod bytes_view;
pub(crate) mod memory;
pub(crate) mod readable;
mod tensor;
pub(crate) mod writable;
mod zeroes;
