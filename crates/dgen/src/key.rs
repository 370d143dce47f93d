//! Keys of a stream and the tags of its pages (FORMAT.md, sections 2 and 3).

use blake2::{Blake2b512, Digest};

use crate::recipe::Recipe;

/// Odd multipliers of the mixing function.
pub(crate) const C: [u64; 6] = [
    0x9e37_79b9_7f4a_7c15,
    0xd134_2543_de82_ef95,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xda94_2042_e4dd_58b5,
    0xa076_1d64_78bd_642f,
];

/// The key word that the version is added to.
const CHECK: usize = 6;

/// Domains of the hashes of a shuffle, and its rounds.
const ROUND: u64 = 6;
const SWAP: u64 = 7;
const ROUNDS: u64 = 4;

/// The first 16 bytes of a page, as two words; also the seed of the page's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u64, pub(crate) u64);

/// The key words of a stream, in one of its versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// The words that make tags and the plan.
    words: [u64; 8],
    /// The third row of every page's seed: words that no page and no tag shows.
    lanes: [u64; 8],
    /// What a tag's second word holds before the permutation: a word of the key and the version.
    check: u64,
}

impl Key {
    /// The key of version 0.
    pub(crate) fn new(recipe: &Recipe) -> Self {
        let mut text = recipe.to_string();
        let words = digest(text.as_bytes());
        text.push('\0');
        let lanes = digest(text.as_bytes());
        Self { words, lanes, check: words[CHECK] }
    }

    /// The key of another version of the same stream.
    pub(crate) fn with_version(self, version: u32) -> Self {
        Self { check: self.words[CHECK] ^ u64::from(version), ..self }
    }

    /// The version.
    pub(crate) fn version(&self) -> u32 {
        u32::try_from(self.check ^ self.words[CHECK]).expect("a key is made with a version of 32 bits")
    }

    /// The third row of every page's seed.
    #[inline(always)]
    pub(crate) fn lanes(&self) -> &[u64; 8] {
        &self.lanes
    }

    /// The tag of page `number`: a keyed permutation of the number and the check word with the version.
    #[inline(always)]
    pub(crate) fn tag(&self, number: u64) -> Tag {
        let k = &self.words;
        let (mut l, mut r) = (number, self.check);
        r ^= mix(l ^ k[0], C[0]);
        l ^= mix(r ^ k[1], C[1]);
        r ^= mix(l ^ k[2], C[2]);
        l ^= mix(r ^ k[3], C[3]);
        r ^= mix(l ^ k[4], C[4]);
        l ^= mix(r ^ k[5], C[5]);
        Tag(l, r)
    }

    /// The page number and the version that a tag of this stream stands for.
    pub(crate) fn untag(&self, tag: Tag) -> Option<(u64, u32)> {
        let (number, check) = self.undone(tag);
        Some((number, u32::try_from(check ^ self.words[CHECK]).ok()?))
    }

    /// Whether a tag is of this stream in the key's own version.
    #[inline(always)]
    pub(crate) fn is_own(&self, tag: Tag) -> bool {
        self.undone(tag).1 == self.check
    }

    /// The pair that a tag is the permutation of.
    #[inline(always)]
    fn undone(&self, tag: Tag) -> (u64, u64) {
        let k = &self.words;
        let Tag(mut l, mut r) = tag;
        l ^= mix(r ^ k[5], C[5]);
        r ^= mix(l ^ k[4], C[4]);
        l ^= mix(r ^ k[3], C[3]);
        r ^= mix(l ^ k[2], C[2]);
        l ^= mix(r ^ k[1], C[1]);
        r ^= mix(l ^ k[0], C[0]);
        (l, r)
    }

    /// The plan's hash of `x`, independent between domains.
    #[inline]
    pub(crate) fn hash(&self, domain: u64, x: u64) -> u64 {
        let k = self.words[7];
        mix(mix(x ^ k, C[0]) ^ k.wrapping_add((domain + 1).wrapping_mul(C[1])), C[2])
    }

    /// Where a permutation of 0..n puts `place`; each part has its own.
    pub(crate) fn shuffled(&self, part: u64, n: u64, place: u64) -> u64 {
        (0..ROUNDS).fold(place, |place, round| {
            let hash = self.hash(ROUND, part * ROUNDS + round);
            let other = (range(hash, n) + n - place) % n;
            let swap = self.hash(SWAP, hash.wrapping_add(place.max(other))) % 2 == 1;
            if swap { other } else { place }
        })
    }
}

/// The words of a BLAKE2b digest.
fn digest(text: &[u8]) -> [u64; 8] {
    let digest = Blake2b512::digest(text);
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(digest.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

#[inline(always)]
fn mix(x: u64, c: u64) -> u64 {
    let product = u128::from(x) * u128::from(c);
    #[expect(clippy::cast_possible_truncation, reason = "the low word is wanted")]
    let low = product as u64;
    low ^ (product >> 64) as u64
}

/// Maps a hash to 0..n without a division.
#[inline]
pub(crate) fn range(hash: u64, n: u64) -> u64 {
    ((u128::from(hash) * u128::from(n)) >> 64) as u64
}
