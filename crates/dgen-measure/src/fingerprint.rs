//! Fingerprints: 128 bits that stand for the content of a unit or a block.
//!
//! Data is hashed once, in *units*: the greatest common divisor of the block sizes, kept small. The fingerprint of a
//! block of several units is the hash of its units' digests, so measuring at four block sizes reads the data once.
//! Length is part of the identity: a shorter unit has another digest, and fewer digests have another hash.

use xxhash_rust::xxh3::xxh3_128;

use crate::keep::keeps;

/// Bytes of one digest.
pub(crate) const DIGEST_BYTES: usize = 16;

/// Hash of one unit, as stored between the phases.
pub(crate) type Digest = [u8; DIGEST_BYTES];

/// Identity of a block.
pub(crate) type Fingerprint = u128;

/// The one value that is no block's fingerprint.
pub(crate) const NO_FINGERPRINT: Fingerprint = Fingerprint::MAX;

/// The digest of one unit.
pub(crate) fn digest(unit: &[u8]) -> Digest {
    xxh3_128(unit).to_le_bytes()
}

/// The fingerprint of a block made of these units.
pub(crate) fn fingerprint(units: &[Digest]) -> Fingerprint {
    match units {
        [unit] => single(*unit),
        several => xxh3_128(several.as_flattened()).min(NO_FINGERPRINT - 1),
    }
}

/// The fingerprint of a block of one unit.
#[inline]
pub(crate) fn single(unit: Digest) -> Fingerprint {
    u128::from_le_bytes(unit).min(NO_FINGERPRINT - 1)
}

/// Fingerprint of a block whose digests arrive in several pieces; equal to [`fingerprint`] of their concatenation.
pub(crate) struct Gathering {
    digests: Vec<Digest>,
}

keeps!(Gathering: digests);

impl Gathering {
    pub(crate) fn new() -> Self {
        Self { digests: Vec::new() }
    }

    /// Units gathered so far.
    pub(crate) fn units(&self) -> usize {
        self.digests.len()
    }

    pub(crate) fn push(&mut self, units: &[Digest]) {
        self.digests.extend_from_slice(units);
    }

    /// The fingerprint of what was gathered; the next block starts empty.
    pub(crate) fn take(&mut self) -> Fingerprint {
        let found = fingerprint(&self.digests);
        self.digests.clear();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathering_equals_one_call() {
        let units: Vec<Digest> = (0..40_u8).map(|i| digest(&[i; 512])).collect();
        let mut gathering = Gathering::new();
        for count in 1..units.len() {
            for step in [1, 3, 7, 40] {
                units[..count].chunks(step).for_each(|part| gathering.push(part));
                assert_eq!(gathering.units(), count);
                assert_eq!(gathering.take(), fingerprint(&units[..count]), "{count} units by {step}");
            }
        }
    }

    #[test]
    fn length_is_part_of_the_identity() {
        let zeros = [0; 4096];
        let mut seen: Vec<_> = (1..=4096).map(|n| fingerprint(&[digest(&zeros[..n])])).collect();
        seen.extend((2..=64).map(|n| fingerprint(&vec![digest(&zeros); n])));
        let total = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), total);
    }
}
