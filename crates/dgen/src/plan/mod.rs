//! The plan of a stream: which content each block holds, and how compressible pages are laid out.

mod alphabet;
mod arranged;
pub(crate) mod dedup;
mod number;
mod pieces;
mod shards;
mod text;
pub(crate) mod texture;
