//! The tag of a page (section 3 of FORMAT.md).

use crate::keys::{C, Keys, mix};

/// The tag (T0, T1) of page `n` in `version`.
pub(crate) fn tag(keys: &Keys, n: u64, version: u32) -> [u64; 2] {
    let k = &keys.k;
    let (mut l, mut r) = (n, k[6] ^ u64::from(version));
    for round in [0, 2, 4] {
        r ^= mix(l ^ k[round], C[round]);
        l ^= mix(r ^ k[round + 1], C[round + 1]);
    }
    [l, r]
}

/// The page number and the version of a tag, or `None` when the words are no tag of this stream.
pub(crate) fn untag(keys: &Keys, [mut l, mut r]: [u64; 2]) -> Option<(u64, u32)> {
    let k = &keys.k;
    for round in [4, 2, 0] {
        l ^= mix(r ^ k[round + 1], C[round + 1]);
        r ^= mix(l ^ k[round], C[round]);
    }
    Some((l, u32::try_from(r ^ k[6]).ok()?))
}
