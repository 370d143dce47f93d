//! What kind of damage one page has.

use super::Verifier;
use super::report::{DamageKind, DamageRange};
use crate::stream::{Location, Stream};
use crate::units::{PAGE, SECTOR};

/// A page with at most this many wrong bits has flipped bits, whatever their places.
const FEW_BITS: u64 = 64;

/// Wrong bytes this close to an edge reach it: other data is right by chance in one byte of 256.
const NEAR: usize = 16;

/// How the bytes of a damaged page differ from the expected ones.
struct Difference {
    /// Bytes compared.
    len: usize,
    /// First and one past the last wrong byte.
    start: usize,
    end: usize,
    /// Wrong bits.
    bits: u64,
    /// Whether every wrong byte is zero.
    zero: bool,
    /// Whether no right sector lies between wrong ones.
    contiguous: bool,
    /// Whether the wrong bytes begin and end at sector boundaries.
    whole_sectors: bool,
}

impl Verifier {
    /// The damage of one page, or of the part of it that was given.
    pub(super) fn classify(&self, offset: u64, expected: &[u8], actual: &[u8]) -> DamageRange {
        let difference = Difference::new(offset, expected, actual);
        let whole = DamageRange::new(offset, actual.len() as u64, DamageKind::Foreign);
        if actual.iter().all(|&byte| byte == 0) {
            return DamageRange { kind: DamageKind::Zeroed, ..whole };
        }
        if difference.bits <= FEW_BITS {
            return difference.range(offset, DamageKind::Flipped);
        }
        if let Some(found) = self.locate(offset, actual) {
            return DamageRange { length: whole.length, ..found };
        }
        difference.kind_within().map_or(whole, |kind| difference.range(offset, kind))
    }

    /// The page as one that belongs elsewhere in the stream, or to a stale stream.
    fn locate(&self, offset: u64, actual: &[u8]) -> Option<DamageRange> {
        if actual.len() != PAGE {
            return None;
        }
        let own = self.stream.locate(actual).filter(|location| location.intact);
        if let Some(location) = own.filter(|location| location.version == self.stream.version_number()) {
            let mut range = DamageRange::new(offset, 0, DamageKind::Misplaced);
            range.source_offset = Some(location.offset);
            return Some(range);
        }
        if let Some(location) = own {
            return Some(self.stale(&self.stream, location, offset));
        }
        for stream in &self.stale {
            if let Some(location) = stream.locate(actual).filter(|location| location.intact) {
                let range = self.stale(stream, location, offset);
                return Some(DamageRange { source_seed: Some(stream.recipe().seed()), ..range });
            }
        }
        None
    }

    /// A page of another version or stream that was found at `offset`.
    fn stale(&self, stream: &Stream, location: Location, offset: u64) -> DamageRange {
        let mut range = DamageRange::new(offset, 0, DamageKind::Stale);
        (range.source_version, range.version) = (Some(location.version), Some(self.stream.version_number()));
        // The same content may belong at several offsets; this one is the likeliest.
        let here = stream.belongs_at(location, offset);
        range.source_offset = Some(if here { offset } else { location.offset });
        range
    }
}

impl Difference {
    fn new(offset: u64, expected: &[u8], actual: &[u8]) -> Self {
        let wrong = |i: &usize| expected[*i] != actual[*i];
        let len = actual.len();
        let start = (0..len).find(wrong).unwrap_or(0);
        let end = (0..len).rfind(wrong).map_or(0, |last| last + 1);
        let bits = expected.iter().zip(actual).map(|(x, y)| u64::from((x ^ y).count_ones())).sum();
        let zero = (start..end).filter(wrong).all(|i| actual[i] == 0);
        let sector_remainder = |at: usize| (crate::units::page_remainder(offset) + at) % SECTOR;
        let mut contiguous = true;
        let mut at = start - sector_remainder(start).min(start);
        while at < end {
            let next = (at + SECTOR - sector_remainder(at)).min(len);
            contiguous &= expected[at..next] != actual[at..next];
            at = next;
        }
        let starts = sector_remainder(start) < NEAR;
        let ends = end == len || matches!(sector_remainder(end), 0) || sector_remainder(end) > SECTOR - NEAR;
        Self { len, start, end, bits, zero, contiguous, whole_sectors: starts && ends }
    }

    /// The kind of damage inside a page of which a part is right; `None` when no part is.
    fn kind_within(&self) -> Option<DamageKind> {
        let (at_start, at_end) = (self.start < NEAR, self.end + NEAR > self.len);
        if at_start && at_end && self.contiguous {
            return None;
        }
        // Bits flipped here and there leave most bits right; other data has half of them wrong.
        if self.bits < (self.end - self.start) as u64 {
            return Some(DamageKind::Flipped);
        }
        let torn = (self.contiguous && (at_start || at_end)) || (self.whole_sectors && !self.zero);
        Some(match (torn, self.zero) {
            (true, _) => DamageKind::Torn,
            (false, true) => DamageKind::Zeroed,
            (false, false) => DamageKind::Foreign,
        })
    }

    /// The damaged bytes as a range of the stream.
    fn range(&self, offset: u64, kind: DamageKind) -> DamageRange {
        let mut range = DamageRange::new(offset + self.start as u64, (self.end - self.start) as u64, kind);
        range.bits = (kind == DamageKind::Flipped).then_some(self.bits);
        range
    }
}
