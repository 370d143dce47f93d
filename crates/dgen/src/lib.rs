//! Data with exact dedup and compression ratios, addressable and verifiable, at the speed of memory stores.

pub mod driver;
pub mod error;
pub mod topology;

pub use error::{Error, ErrorKind, Result};
