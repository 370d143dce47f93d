//! Slow scalar reference for the dgen stream format, version 1.
//!
//! This crate is written from `docs/FORMAT.md` alone, one file per section, and favours the clearest
//! code over the fastest. It shares nothing with the crate `dgen`, which is compared with it.
//!
//! ```
//! use dgen_spec::{Recipe, Spec};
//!
//! let recipe = Recipe::parse("dgen1,seed=0x1f,dedup=3/2,compress=2")?;
//! let spec = Spec::new(&recipe);
//! let mut bytes = [0; 100];
//! spec.fill(4000, &mut bytes);
//! assert_eq!(bytes[99], spec.byte(4099));
//! assert_eq!(spec.distinct(300), 200);
//! # Ok::<(), dgen_spec::RecipeError>(())
//! ```
#![forbid(unsafe_code)]

mod arranged;
mod attributes;
mod blake2b;
mod dedup;
mod duplicates;
mod keys;
mod lines;
mod made;
mod normal;
mod number;
mod numeric;
mod page;
mod pieces;
mod ratio;
mod recipe;
mod shards;
mod share;
mod size;
mod spec;
mod spread;
mod tag;
mod tensor;
mod text;
mod texture;
mod within;
mod workings;

pub use attributes::Range;
pub use blake2b::{blake2b, blake2b_hex};
pub use normal::normal;
pub use numeric::{uniform, unit_row};
pub use pieces::{Pieces, Symbols, piece_rows, symbols};
pub use ratio::Ratio;
pub use recipe::{ErrorClass, Recipe, RecipeError};
pub use share::Share;
pub use size::{PAGE, STREAM_END};
pub use spec::{Location, Spec};
pub use tensor::{Dtype, Like};
pub use text::{Letters, Text, letters, text_rows};
pub use texture::{Texture, Tune};
