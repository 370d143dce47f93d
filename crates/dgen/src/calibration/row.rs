//! A line of the table of textures.

/// One layout of a compressible page.
pub(crate) struct Row {
    /// Runs: half sectors covered, random 16-byte units held.
    pub(crate) runs: &'static [(u8, u16)],
    /// Cost in sixteenths of a byte for any, lz4, zstd, zlib, snappy; 0 = not used.
    pub(super) cost: [u32; 5],
}

/// How a page is made of literals and copies.
pub(crate) struct PieceRow {
    /// The lengths of runs of literals.
    pub(crate) literals: [u8; 16],
    /// The lengths of copies, by phrase.
    pub(crate) copies: [u8; 16],
    /// How many of the 64 slots each symbol of the alphabet has.
    pub(crate) weights: &'static [u8],
    /// How far the alphabets of neighbouring pages lie apart, in symbols.
    pub(crate) shift: u8,
    /// What such a page costs, in sixteenths of a byte.
    pub(crate) cost: u32,
}
