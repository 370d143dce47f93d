//! How the bytes of a damaged page differ from the expected ones.

use super::report::{DamageKind, DamageRange};
use crate::units::{PAGE, SECTOR, page_remainder};

/// A page with at most this many wrong bits, in at most so many bytes, has flipped bits, whatever their places.
const FEW_BITS: u64 = 64;
const FEW_BYTES: usize = 12;

/// Wrong bits of each wrong byte, in halves, up to which bits were flipped. Other data has four of them wrong, whether or
/// not the page is compressible; sixteen random bytes of it have fewer than this once in 100,000 times. A stuck line has
/// one, 1500 bits that are flipped here and there have 1.2, and where three bits in ten are flipped it is 2.5.
const FLIPPED_HALVES: u64 = 5;

/// Wrong bytes in a row, on average, up to which they lie here and there; other data is right in one byte of 256.
const SHORT_RUN: usize = 4;

/// The share of bytes that are right by chance in a sector of other data, at most: one in so many. Of other numbers of the same
/// kind up to a tenth is right, of all else far less. Data is not cut into smaller parts than that.
const BY_CHANCE: usize = 6;

/// Bytes that are not zero from which on a sector that is right is so by no chance.
const SHOWN: usize = 8;

/// Wrong bytes from which on they are zeroed where all of them are zero, as flipped bits do not clear whole bytes.
const CLEARED: usize = 3;

/// What is wrong and right in a sector, or the part of it that was given. Zeros that are right show nothing.
#[derive(Clone, Copy, Default)]
struct Part {
    wrong: usize,
    right: usize,
}

impl Part {
    fn of(expected: &[u8], actual: &[u8]) -> Self {
        // At most a page, so that the counts fit 16 bits, and a vector of them.
        let count = |is: fn(u8, u8) -> bool| {
            usize::from(expected.iter().zip(actual).map(|(x, y)| u16::from(is(*x, *y))).sum::<u16>())
        };
        Self { wrong: count(|x, y| x != y), right: count(|x, y| x == y && x != 0) }
    }

    /// Whether all of it is other data.
    fn is_replaced(self) -> bool {
        self.right * BY_CHANCE <= self.wrong + self.right
    }

    /// Whether nothing is wrong, and not only because everything is zero.
    fn is_right(self) -> bool {
        self.wrong == 0 && self.right >= SHOWN
    }
}

/// How the bytes of a damaged page differ from the expected ones.
pub(super) struct Difference<'a> {
    expected: &'a [u8],
    actual: &'a [u8],
    /// First and one past the last wrong byte.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Wrong bits.
    bits: u64,
    /// Wrong bytes.
    wrong: usize,
    /// Its sectors.
    parts: [Part; PAGE / SECTOR],
}

impl<'a> Difference<'a> {
    pub(super) fn new(offset: u64, expected: &'a [u8], actual: &'a [u8]) -> Self {
        let len = actual.len();
        let wrong = |i: &usize| expected[*i] != actual[*i];
        let start = (0..len).find(wrong).unwrap_or(0);
        let end = (0..len).rfind(wrong).map_or(0, |last| last + 1);
        let mut parts = [Part::default(); PAGE / SECTOR];
        let mut at = 0;
        for part in &mut parts {
            let next = (at + SECTOR - (page_remainder(offset) + at) % SECTOR).min(len);
            *part = Part::of(&expected[at..next], &actual[at..next]);
            at = next;
        }
        let wrong = parts.iter().map(|part| part.wrong).sum();
        Self { expected, actual, start, end, bits: bits(expected, actual), wrong, parts }
    }

    /// Whether data was cleared.
    pub(super) fn is_zeroed(&self) -> bool {
        let mut wrong = self.expected.iter().zip(self.actual).filter(|(x, y)| x != y);
        self.wrong >= CLEARED && wrong.all(|(_, y)| *y == 0)
    }

    /// Whether bits were flipped, which leaves most of them right.
    pub(super) fn is_flipped(&self) -> bool {
        let few = self.bits <= FEW_BITS && self.wrong <= FEW_BYTES;
        let most_right = self.bits * 2 <= self.wrong as u64 * FLIPPED_HALVES;
        few || most_right || (self.bits < (self.end - self.start) as u64 && self.wrong <= self.runs() * SHORT_RUN)
    }

    /// Groups of wrong bytes in a row.
    fn runs(&self) -> usize {
        let wrong = |i: usize| self.expected[i] != self.actual[i];
        (self.start..self.end).filter(|&i| wrong(i) && (i == self.start || !wrong(i - 1))).count()
    }

    /// Whether every sector that is not right is other data from end to end.
    pub(super) fn is_of_whole_sectors(&self) -> bool {
        self.parts.iter().all(|part| part.wrong == 0 || part.is_replaced())
    }

    /// The kind of other data inside a page of which a part is right; `None` when no part is.
    pub(super) fn kind_within(&self) -> Option<DamageKind> {
        if self.is_of_whole_sectors() {
            return self.parts.iter().any(|part| part.is_right()).then_some(DamageKind::Torn);
        }
        let head = Part::of(&self.expected[..self.end], &self.actual[..self.end]);
        let tail = Part::of(&self.expected[self.start..], &self.actual[self.start..]);
        match (head.is_replaced(), tail.is_replaced()) {
            (true, true) => None,
            (false, false) => Some(DamageKind::Foreign),
            _ => Some(DamageKind::Torn),
        }
    }

    /// The damaged bytes as a range of the stream.
    pub(super) fn range(&self, offset: u64, kind: DamageKind) -> DamageRange {
        let mut range = DamageRange::new(offset + self.start as u64, (self.end - self.start) as u64, kind);
        range.bits = (kind == DamageKind::Flipped).then_some(self.bits);
        range
    }
}

/// Bits in which the two differ.
fn bits(expected: &[u8], actual: &[u8]) -> u64 {
    let ((words, bytes), (others, rest)) = (expected.as_chunks::<8>(), actual.as_chunks::<8>());
    let words = words.iter().zip(others).map(|(x, y)| (u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y)).count_ones());
    let bytes = bytes.iter().zip(rest).map(|(x, y)| (x ^ y).count_ones());
    words.chain(bytes).map(u64::from).sum()
}
