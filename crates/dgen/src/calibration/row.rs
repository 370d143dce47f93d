//! A line of the table of textures.

/// One layout of a compressible page.
pub(crate) struct Row {
    /// Runs: half sectors covered, random 16-byte units held.
    pub(crate) runs: &'static [(u8, u16)],
    /// Cost in sixteenths of a byte for any, lz4, zstd, zlib, snappy; 0 = not used.
    pub(super) cost: [u32; 5],
}
