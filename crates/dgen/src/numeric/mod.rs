//! Numeric values: numbers of any type drawn from a stream, and rows of float32 numbers scaled to unit length
//! (FORMAT.md, section 10).
//!
//! Values are in the machine's byte order, at any address.
//!
//! ```
//! use dgen::numeric::{Uniform, Work};
//! let values = Uniform::new(7, -1.0, 1.0)?;
//! let mut rows = vec![0; 100 * 8 * 4];
//! Work::draw(&values, 0, &mut rows, 2)?.normalized(8)?.finish();
//! let row = rows.as_chunks::<4>().0[..8].iter().map(|&bytes| f64::from(f32::from_ne_bytes(bytes)));
//! assert!((row.map(|x| x * x).sum::<f64>().sqrt() - 1.0).abs() < 1e-6);
//! # Ok::<(), dgen::Error>(())
//! ```

mod convert;
mod norm;
mod normal;
mod normal_table;
mod small_float;
mod uniform;
mod values;
mod work;

#[cfg(test)]
mod tensor_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod values_tests;

pub use uniform::Uniform;
pub use values::{Item, Values};
pub use work::Work;

/// Bytes per float32 value.
pub const VALUE: usize = size_of::<f32>();

/// A float32 value as it lies in memory: in the machine's byte order, anywhere.
type Raw = [u8; VALUE];
