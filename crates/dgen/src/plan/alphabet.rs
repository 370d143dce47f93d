//! The symbols of a stream and those of its pages (FORMAT.md, section 6): letters of words, and bytes of literals.

use crate::key::{Key, range};
use crate::layout::Alphabet;

/// Symbols in the order of a key.
pub(super) fn ordered<const N: usize>(mut symbols: [u8; N], key: &Key, domain: u64) -> [u8; N] {
    for at in (1..N).rev() {
        let other = range(key.hash(domain, at as u64), at as u64 + 1);
        symbols.swap(at, usize::try_from(other).expect("below the number of symbols"));
    }
    symbols
}

/// Each symbol as often as its weight says, from symbol number `first` on.
pub(super) fn alphabet(weights: &[u8], symbols: &[u8], first: usize) -> Alphabet {
    let mut alphabet: Alphabet = [0; 64];
    let slots = weights.iter().enumerate().flat_map(|(at, &weight)| std::iter::repeat_n(at, weight.into()));
    for (slot, at) in alphabet.iter_mut().zip(slots) {
        *slot = symbols[(at + first) % symbols.len()];
    }
    alphabet
}
