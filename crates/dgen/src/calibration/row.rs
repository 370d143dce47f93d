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

/// The words of a page, and how often each stands there.
pub(crate) struct TextRow {
    /// The letters of words 0 to 15.
    pub(crate) common: [u8; 16],
    /// The letters of the others, by their number modulo 16.
    pub(crate) lengths: [u8; 16],
    /// How many of 1024 draws words 2^b - 1 to 2^(b+1) - 2 share.
    pub(crate) bands: &'static [u16],
    /// How many words a draw gives, by the number of the first modulo 16.
    pub(crate) spans: [u8; 16],
    /// How many of the 64 slots each vowel has.
    pub(crate) vowels: [u8; 5],
    /// The same for consonants.
    pub(crate) consonants: [u8; 21],
    /// How far the consonants of neighbouring pages lie apart.
    pub(crate) shift: u8,
    /// What such a page costs, in sixteenths of a byte.
    pub(crate) cost: u32,
}
