//! Data with exact dedup and compression ratios, addressable and verifiable, at the speed of memory stores.
//!
//! A [`Recipe`] (a seed and a few ratios) defines one infinite [`Stream`] of bytes; any range of it can be filled into a
//! buffer, read, verified without a copy, or located from a single page. `docs/FORMAT.md` defines the bytes.
//!
//! ```
//! use dgen::{Recipe, Stream};
//! let recipe = Recipe::builder().seed(7).dedup_ratio(2.0)?.compress_ratio(1.5)?.build()?;
//! let mut buffer = vec![0; 1 << 20];
//! Stream::new(&recipe)?.fill_at(0, &mut buffer)?;
//! # Ok::<(), dgen::Error>(())
//! ```

pub mod batch;
mod calibration;
mod choice;
pub mod driver;
pub mod error;
mod fill;
pub mod generator;
pub mod kernel;
mod key;
mod layout;
pub mod limit;
pub mod numeric;
#[doc(hidden)]
pub mod place;
pub mod placement;
mod plan;
pub mod ranks;
pub mod ratio;
pub mod reader;
pub mod recipe;
mod share;
pub mod stream;
mod systems;
mod tensor;
pub mod topology;
mod uninit;
pub mod units;
pub mod verify;

pub use error::{Error, ErrorKind, Result};
pub use generator::Generator;
pub use kernel::{Kernel, Stores};
pub use ratio::Ratio;
pub use reader::StreamReader;
pub use recipe::{Dtype, Early, Like, Recipe, RecipeBuilder, Reuse, Runs, Texture, Tune, Within};
pub use share::Share;
pub use stream::{Location, Stream};
pub use systems::{Fit, System};
pub use verify::{DamageKind, DamageRange, SequenceRange, SequenceReport, SequenceVerifier, Verifier, VerifyReport};
