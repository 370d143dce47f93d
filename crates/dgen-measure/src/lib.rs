//! Measures any data for dedup and compression, as a storage system would see it.
//!
//! One call, [`measure`], reads files, standard input, readers or memory and returns a [`MeasureReport`]:
//!
//! - **dedup** at fixed blocks (512 B, 4 KiB, 64 KiB and 1 MiB unless told otherwise). The block grid restarts at each
//!   input; a short last block counts as a block, and differs from every longer one.
//! - **dedup** of content-defined chunks ([`Chunker`]), with the sizes of known backup tools, and **repeats**: how often
//!   contents occur, and how far apart.
//! - **compression** of the *unique part*: the first occurrence of each dedup block (4 KiB by default), concatenated
//!   in input order and cut in compressor blocks. A compressor block is stored compressed or raw, whichever is
//!   smaller, and the ratio is unique bytes over stored bytes.
//!   With [`MeasureOptions::dedup`] off everything is compressed, each input from its start. [`Records`] has the
//!   histogram of sizes, what became of zero blocks, and, where blocks were sampled, the share and the error.
//! - **allocation** under models of storage systems ([`Model`]): dedup where the system deduplicates, holes, compression
//!   record by record, what it keeps raw, and what it rounds to.
//! - **zero blocks** per block size, and the order-0 **entropy** in bits per byte.
//!
//! Every number but the elapsed time depends on the data and the options alone, never on the thread count.
//!
//! # What "exact" means
//! Blocks are compared by a 128-bit fingerprint (XXH3). Among n distinct blocks, the odds that any two share one are
//! about n² / 2¹²⁹: 10⁻¹⁷ for a tebibyte of 512-byte blocks. XXH3 is not a cryptographic hash, so data *built* to
//! collide can fool it. Within [`MeasureOptions::memory`] the counts are exact in this sense. Beyond it, a block size
//! falls back to distinct sampling: only fingerprints whose k lowest bits are zero are kept, and their count is scaled
//! by 2ᵏ. [`Dedup::exact`] is then false, and the sampling rate and the standard error are reported. Of the unique part,
//! too, only the sampled blocks are then compressed, each weighted by 2ᵏ as of the round that found it; the rounds of a
//! stream and of a file are not cut alike, so these estimates, and they alone, can differ a little between the two.
//!
//! # Example
//! ```
//! use dgen_measure::{Input, MeasureOptions, Watch, measure};
//!
//! let page: Vec<u8> = (0..4096_u32).map(|i| ((i * i) >> 7) as u8).collect();
//! let data = page.repeat(10);
//! let report = measure(vec![Input::Bytes(&data)], &MeasureOptions::default(), Watch::default())?;
//! assert_eq!(report.dedup[&4096].total, 10);
//! assert_eq!(report.dedup[&4096].distinct, 1);
//! assert_eq!(report.unique_bytes, 4096);
//! # Ok::<(), dgen::Error>(())
//! ```
#![forbid(unsafe_code)]

mod chunker;
mod chunking;
mod codec;
mod columns;
mod crew;
mod distinct;
mod entropy;
mod extent;
mod fingerprint;
mod grid;
mod input;
mod keep;
mod layout;
mod measure;
mod model;
mod options;
mod repeats;
mod report;
mod scan;
mod simulation;
mod state;
mod table;
mod tally;
mod text;
mod unique;

pub use chunker::Chunker;
pub use codec::Codec;
pub use columns::TextTable;
pub use input::Input;
pub use measure::{Watch, measure};
pub use model::Model;
pub use options::{DEFAULT_MEMORY, MeasureOptions, threads_within};
pub use report::{Chunks, Dedup, MeasureReport, Modelled, Records, Repeats, SkippedInput, ZeroBlocks};
pub use text::TextPart;
