//! One block size: groups units into blocks and counts them.

use std::ops::Range;

use crate::distinct::Distinct;
use crate::fingerprint::{Digest, Fingerprint, Gathering, digest, fingerprint, single};
use crate::keep::keeps;
use crate::repeats::Following;
use crate::report::{Dedup, Repeats, ZeroBlocks};
use crate::scan::{Piece, Scan};

/// The block grid of one size, over all inputs.
pub(crate) struct Grid {
    block: u64,
    unit: usize,
    /// Units per block.
    units: usize,
    zero_unit: Digest,
    zero_block: Fingerprint,
    open: OpenBlock,
    total: u64,
    /// Bytes of all blocks.
    bytes: u64,
    zeros: ZeroBlocks,
    following: Following,
    pub(crate) distinct: Distinct,
    /// Where the blocks of the round are, if their bytes are asked for later.
    spans: Option<Vec<Range<usize>>>,
    /// The blocks of the round that no round held before, by number.
    new: Vec<u32>,
}

keeps!(Grid: open, total, bytes, zeros, following, distinct);

/// A block that began in an earlier piece.
struct OpenBlock {
    gathering: Gathering,
    bytes: usize,
    zero: bool,
}

keeps!(OpenBlock: gathering, bytes, zero);
keeps!(ZeroBlocks: blocks, bytes);

impl Grid {
    /// A grid of `block` bytes, a multiple of `unit`. Only one with `spans` remembers where its blocks are; its blocks
    /// must not cross pieces.
    pub(crate) fn new(block: u64, unit: usize, memory: u64, spans: bool) -> Self {
        let units = usize::try_from(block).expect("block sizes are validated") / unit;
        let zero_unit = digest(&vec![0; unit]);
        let mut gathering = Gathering::new();
        (0..units).for_each(|_| gathering.push(&[zero_unit]));
        let zero_block = gathering.take();
        Self {
            block,
            unit,
            units,
            zero_unit,
            zero_block,
            open: OpenBlock { gathering, bytes: 0, zero: true },
            total: 0,
            bytes: 0,
            zeros: ZeroBlocks::default(),
            following: Following::new(memory),
            distinct: Distinct::new(memory),
            spans: spans.then(Vec::new),
            new: Vec::new(),
        }
    }

    pub(crate) fn block(&self) -> u64 {
        self.block
    }

    /// Where the blocks of the round are in its data, by block number.
    pub(crate) fn spans(&self) -> &[Range<usize>] {
        self.spans.as_deref().unwrap_or_default()
    }

    /// The blocks of the round that are new, by number, ascending.
    pub(crate) fn new_blocks(&self) -> &[u32] {
        &self.new
    }

    /// Notes which blocks are new, once the round is counted.
    pub(crate) fn note_new(&mut self) {
        if self.spans.is_some() {
            self.distinct.take_new(&mut self.new);
        }
    }

    /// Takes the blocks of a round.
    pub(crate) fn take(&mut self, scan: &Scan) {
        self.spans.iter_mut().for_each(Vec::clear);
        for piece in scan.pieces() {
            self.take_piece(piece, scan.digests(piece));
        }
    }

    fn take_piece(&mut self, piece: &Piece, mut digests: &[Digest]) {
        let mut start = 0;
        if self.units == 1 {
            // Each unit is a block; the last may be short.
            let (whole, rest) = digests.split_at(piece.len / self.unit);
            for unit in whole {
                let fingerprint = single(*unit);
                self.count(fingerprint, self.unit, fingerprint == self.zero_block, piece.start + start);
                start += self.unit;
            }
            digests = rest;
        }
        while !digests.is_empty() {
            let missing = self.units - self.open.gathering.units();
            let (units, rest) = digests.split_at(missing.min(digests.len()));
            let end = (start + units.len() * self.unit).min(piece.len);
            let complete = units.len() == missing || piece.ends && rest.is_empty();
            if complete && missing == self.units {
                let (fingerprint, bytes) = (fingerprint(units), end - start);
                let zero = if bytes as u64 == self.block {
                    fingerprint == self.zero_block
                } else {
                    self.all_zero(units, bytes)
                };
                self.count(fingerprint, bytes, zero, piece.start + start);
            } else {
                let zero = self.all_zero(units, end - start);
                self.open.gathering.push(units);
                self.open.bytes += end - start;
                self.open.zero &= zero;
                if complete {
                    self.close();
                }
            }
            (digests, start) = (rest, end);
        }
        // A stream may end with an empty piece, after a block was left open.
        if piece.ends && self.open.gathering.units() > 0 {
            self.close();
        }
    }

    fn close(&mut self) {
        let (fingerprint, bytes, zero) = (self.open.gathering.take(), self.open.bytes, self.open.zero);
        debug_assert!(self.spans.is_none(), "blocks with spans do not cross pieces");
        (self.open.bytes, self.open.zero) = (0, true);
        self.count(fingerprint, bytes, zero, 0);
    }

    #[inline]
    fn count(&mut self, fingerprint: Fingerprint, bytes: usize, zero: bool, start: usize) {
        self.total += 1;
        if zero {
            self.zeros.blocks += 1;
            self.zeros.bytes += bytes as u64;
        } else {
            self.following.note(fingerprint, self.bytes);
        }
        self.bytes += bytes as u64;
        let number = self.spans.as_mut().map(|spans| {
            spans.push(start..start + bytes);
            u32::try_from(spans.len() - 1).expect("a round holds fewer blocks")
        });
        self.distinct.push(fingerprint, number);
    }

    /// Whether units of `bytes` bytes in all, of which only the last may be short, hold nothing but zeros.
    fn all_zero(&self, units: &[Digest], bytes: usize) -> bool {
        let (whole, tail) = units.split_at(bytes / self.unit);
        whole.iter().all(|unit| *unit == self.zero_unit)
            && tail.iter().all(|unit| *unit == digest(&vec![0; bytes % self.unit]))
    }

    /// How often contents occurred, once everything was taken.
    pub(crate) fn repeats(&self) -> Repeats {
        self.following.report()
    }

    /// The results, once everything was taken.
    pub(crate) fn report(&self) -> (Dedup, ZeroBlocks) {
        let (estimate, error) = self.distinct.estimate();
        let level = self.distinct.level();
        let distinct = estimate.clamp(self.total.min(1), self.total);
        let ratio = if distinct == 0 { 1.0 } else { self.total as f64 / distinct as f64 };
        let dedup = Dedup {
            ratio,
            distinct,
            total: self.total,
            exact: level == 0,
            sampling_rate: 2_f64.powi(-level.cast_signed()),
            standard_error: error,
        };
        (dedup, self.zeros)
    }
}
