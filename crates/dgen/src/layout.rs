//! How a compressible page is laid out, as the moves that a kernel makes: what a plan says, and a kernel follows.

use crate::choice::Choice;
use crate::key::Key;
use crate::units::{LINE, PAGE};

/// Lines in a page.
pub(crate) const LINES: usize = PAGE / LINE;
/// Bytes of scratch for the lines of one page and their continuations.
pub(crate) const SCRATCH: usize = 4096;

/// The line of the scratch that takes what is generated but not needed.
pub(crate) const SPARE_LINE: usize = SCRATCH - LINE;

/// The layouts that a stream's pages mix, by rising costs.
#[derive(Clone, Debug)]
pub(crate) struct PageLayouts {
    /// Which of them a page has.
    pub(crate) choice: Choice,
    pub(crate) layouts: Box<[Layout]>,
}

/// One page layout, compiled to the moves a kernel makes. The common shapes keep their lines in registers.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// Heads of one line or less, each covering the same four or eight lines; four heads a step.
    Single {
        /// Whether each head covers eight lines.
        eight: bool,
        /// How much of each head's line is kept, in page order.
        kept: [Kept; 16],
    },
    /// Eight sectors of three to eight lines, one or two steps each.
    Sectors([u8; 8]),
    /// Anything else that repeats: lines go through a scratch.
    Gathered {
        /// Generator steps needed.
        steps: usize,
        /// Scratch offset of each generated line.
        home: Box<[u16; LINES]>,
        /// Copies inside the scratch that continue a head past its end: (to, from), 64 bytes each, in order.
        extend: Vec<(u16, u16)>,
        /// Scratch offset of each line of the page.
        from: Box<[u16; LINES]>,
    },
    /// Heads followed by zeros, in a page cleared before.
    Zeros {
        /// Generator steps needed.
        steps: usize,
        /// Page offset of each generated line.
        home: Box<[u16; LINES]>,
        /// Lines to cut: page offset, and the bytes that are kept.
        cut: Vec<(u16, u8)>,
    },
    /// Short literals and copies in turn.
    Pieces(Box<Pieces>),
    /// Words.
    Text(Box<Text>),
}

/// The symbol that each of 64 numbers stands for.
pub(crate) type Alphabet = [u8; 64];

/// Copies of pieces begin at multiples of this many bytes.
pub(crate) const PHRASE: usize = 16;

/// Literals of an alphabet, and copies of what the page has before: FORMAT.md, section 6.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    /// The lengths of runs of literals.
    pub(crate) literals: [u8; 16],
    /// The lengths of copies, by phrase.
    pub(crate) copies: [u8; 16],
    /// Whether any of them is longer than 32 bytes.
    pub(crate) wide: bool,
    /// The alphabets that pages take in turn.
    pub(crate) alphabets: [Alphabet; 4],
}

impl Pieces {
    /// The alphabet of page `number`.
    #[inline]
    pub(crate) fn alphabet(&self, number: u64) -> &Alphabet {
        &self.alphabets[(number % 4) as usize]
    }
}

/// Draws that words share.
pub(crate) const DRAWS: usize = 1024;

/// What makes a small letter a large one.
pub(crate) const CASE: u8 = 32;

/// Words of two kinds of letters, and how often each stands in a page: FORMAT.md, section 6.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// What each draw gives.
    pub(crate) draws: Box<[Draw; DRAWS]>,
    /// Whether any of that is longer than 32 bytes.
    pub(crate) wide: bool,
    /// Of the bytes of the lines, which become letters, as a mask of each; others become spaces.
    pub(crate) keep: Box<[u8; PAGE]>,
    /// Where words end, at a multiple of the length of a line.
    pub(crate) end: usize,
    /// Where numbers are, as a mask of eight bytes each.
    pub(crate) numbers: Vec<(u16, u64)>,
    /// The vowels that pages take in turn.
    pub(crate) vowels: [Alphabet; 4],
    /// The consonants that pages take in turn.
    pub(crate) consonants: [Alphabet; 4],
}

/// One word, or a few in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Draw {
    /// Its place.
    pub(crate) start: u16,
    /// Its bytes.
    pub(crate) length: u8,
    /// What makes its first letter a large one; 0 where it is none.
    pub(crate) case: u8,
}

impl Text {
    /// The vowels of page `number`.
    #[inline]
    pub(crate) fn vowels(&self, number: u64) -> &Alphabet {
        &self.vowels[(number % 4) as usize]
    }

    /// The consonants of page `number`.
    #[inline]
    pub(crate) fn consonants(&self, number: u64) -> &Alphabet {
        &self.consonants[(number % 4) as usize]
    }
}

/// How much of a line is kept; the kept bytes repeat to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kept {
    /// All 64 bytes.
    Line = 0,
    /// 32 bytes.
    Half = 1,
    /// 16 bytes.
    Quarter = 2,
}

impl PageLayouts {
    /// The layout of page `number`.
    #[inline]
    pub(crate) fn layout(&self, key: &Key, number: u64) -> &Layout {
        &self.layouts[self.choice.index(key, number)]
    }
}
