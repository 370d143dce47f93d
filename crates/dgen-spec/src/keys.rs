//! Keys and hashes (sections 2 and 7 of FORMAT.md).

use crate::blake2b::blake2b;
use crate::number::{high, low, product};

/// The constants C0 to C5.
pub(crate) const C: [u64; 6] = [
    0x9e37_79b9_7f4a_7c15,
    0xd134_2543_de82_ef95,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xda94_2042_e4dd_58b5,
    0xa076_1d64_78bd_642f,
];

/// The 128-bit product of two words, its low word exclusive-ored with its high word.
pub(crate) fn mix(x: u64, c: u64) -> u64 {
    let xc = product(x, c);
    low(xc) ^ high(xc)
}

/// A number below `n`, in proportion to the hash `h`.
pub(crate) fn range(h: u64, n: u64) -> u64 {
    high(product(h, n))
}

/// The keys of a recipe.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// The words K0 to K7, from which tags and plan are made.
    pub(crate) k: [u64; 8],
    /// The words L0 to L7, one for each lane of a page.
    pub(crate) l: [u64; 8],
}

/// The eight words of the BLAKE2b digest of `data`.
fn digest_words(data: &[u8]) -> [u64; 8] {
    let digest = blake2b::<64>(data);
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(digest.chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"));
    }
    words
}

impl Keys {
    /// The keys of a recipe, from its canonical text.
    pub(crate) fn new(canonical: &str) -> Keys {
        let mut text = canonical.as_bytes().to_vec();
        let k = digest_words(&text);
        text.push(0);
        Keys { k, l: digest_words(&text) }
    }

    /// The keyed hash of `x` in one of the domains 0 to 7.
    pub(crate) fn hash(&self, domain: u64, x: u64) -> u64 {
        let k7 = self.k[7];
        mix(mix(x ^ k7, C[0]) ^ k7.wrapping_add((domain + 1).wrapping_mul(C[1])), C[2])
    }

    /// Where a permutation of 0 to n - 1 puts x; each part has its own (section 7).
    pub(crate) fn shuffle(&self, part: u64, n: u64, x: u64) -> u64 {
        let mut x = x;
        for round in 0..4 {
            let key = self.hash(6, 4 * part + round);
            let other = (range(key, n) + n - x) % n;
            if self.hash(7, key.wrapping_add(x.max(other))) % 2 == 1 {
                x = other;
            }
        }
        x
    }
}
