//! Data sets of many files that together are one [`dgen::Stream`]: how large the files are and what they are called,
//! how they change from one generation to the next, writing, verification, and reading them as a data loader does.
//!
//! A [`Layout`] says everything; it stands in the folder as a manifest, so that a data set is verified, resumed and read
//! without options. Each file begins at a block of the stream, so that the ratios hold over all files, and a
//! [`RankShare`](dgen_io::RankShare) deals the files out to processes on one or many hosts.
//!
//! ```
//! use dgen::Recipe;
//! use dgen_dataset::{Layout, Shape};
//! let layout = Layout::new(Recipe::with_seed(7), Shape::Files { count: 10, sizes: "64KiB".parse()? });
//! let files = layout.generation(0)?.files;
//! assert_eq!((files.len(), files[9].size), (10, 64 << 10));
//! # Ok::<(), dgen::Error>(())
//! ```

mod changes;
mod checkpoint;
mod claim;
mod compare;
mod crew;
mod draw;
mod file;
mod generation;
mod layout;
mod manifest;
mod read;
mod report;
mod sizes;
mod verify;
mod write;

pub use changes::Changes;
pub use checkpoint::Checkpoint;
pub use dgen_formats::{Dtype, Format};
pub use dgen_io::MANIFEST;
pub use file::{DataFile, Edit};
pub use generation::Generation;
pub use layout::{DEFAULT_FAN_OUT, Layout, MAX_FILES, Shape};
pub use manifest::Manifest;
pub use read::{ReadOptions, read};
pub use report::{DamagedFile, EpochReport, ReadReport, VerifyReport, WriteReport};
pub use sizes::Sizes;
pub use verify::{VerifyOptions, verify};
pub use write::{SyncFiles, WriteOptions, write};
