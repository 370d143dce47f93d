//! Bytes between two pieces of the stream.

use super::report::SequenceRange;
use crate::error::Result;
use crate::units::{MAX_OFFSET, PAGE, page_remainder};
use crate::verify::Verifier;
use crate::verify::report::{DamageKind, DamageRange};

/// Bytes that are kept to be looked at; of more only the number is.
const KEPT: usize = 64 << 10;

/// Bytes that are not those of the stream that should come.
#[derive(Debug, Default)]
pub(super) struct Odd {
    /// The first of them.
    bytes: Vec<u8>,
    length: u64,
    /// Whether some of them is not zero.
    shown: bool,
}

impl Odd {
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn add(&mut self, more: &[u8]) {
        let room = KEPT.saturating_sub(self.bytes.len()).min(more.len());
        self.bytes.extend_from_slice(&more[..room]);
        self.length += more.len() as u64;
        self.shown |= more.iter().any(|&byte| byte != 0);
    }

    /// The first `at` bytes, and the others.
    pub(super) fn split(mut self, at: u64) -> (Self, Self) {
        let kept = usize::try_from(at).map_or(self.bytes.len(), |at| at.min(self.bytes.len()));
        let bytes = self.bytes.split_off(kept);
        let rest = Self { bytes, length: self.length - at, shown: self.shown };
        (Self { length: at, ..self }, rest)
    }

    /// The fault that they are where they take the place of nothing.
    pub(super) fn elsewhere(&self, received_offset: u64, offset: Option<u64>, put_in: bool) -> SequenceRange {
        let kind = if put_in { DamageKind::Extra } else { self.kind() };
        SequenceRange { received_offset, offset, length: self.length, kind, bits: None }
    }

    fn kind(&self) -> DamageKind {
        if self.shown { DamageKind::Foreign } else { DamageKind::Zeroed }
    }

    /// The damage that they are in the place of as many bytes of the stream: looked at with the right bytes of the pages
    /// around them, as in files.
    pub(super) fn damage(&self, verifier: &Verifier, offset: u64) -> Result<Vec<DamageRange>> {
        let mut ranges = damage_of(&self.bytes, verifier, offset)?;
        let kept = self.bytes.len() as u64;
        if self.length > kept {
            ranges.push(DamageRange::new(offset + kept, self.length - kept, self.kind()));
        }
        Ok(ranges)
    }
}

/// The damage that bytes are at a stream offset.
pub(super) fn damage_of(bytes: &[u8], verifier: &Verifier, offset: u64) -> Result<Vec<DamageRange>> {
    let before = page_remainder(offset);
    let first = offset - before as u64;
    let len = (before + bytes.len()).next_multiple_of(PAGE);
    let len = usize::try_from(MAX_OFFSET - first).map_or(len, |room| room.min(len));
    let mut pages = vec![0; len];
    verifier.stream().fill_at(first, &mut pages)?;
    pages[before..before + bytes.len()].copy_from_slice(bytes);
    verifier.check(first, &pages)
}
