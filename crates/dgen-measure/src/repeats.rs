//! How often contents occur, and how far apart: counted for a sample of contents, which is all of them while they are few.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use crate::distinct::sampled;
use crate::fingerprint::Fingerprint;
use crate::keep::keeps;
use crate::report::Repeats;

/// Most contents that are followed, and least; in between, as many as a sixteenth of the memory for fingerprints holds.
const MOST: u64 = 1 << 15;
const LEAST: u64 = 1 << 10;

/// Bytes that one of them takes, about.
const EACH: u64 = 64;

/// Powers of two, by their exponents.
const POWERS: usize = 65;

/// One content.
#[derive(Clone, Copy, Default)]
struct Seen {
    count: u64,
    /// Where it was seen last.
    last: u64,
}

keeps!(Seen: count, last);

/// The contents that are followed, and what was found of those.
pub(crate) struct Following {
    seen: HashMap<Fingerprint, Seen, BuildHasherDefault<Folded>>,
    capacity: usize,
    level: u32,
    /// Per power of two: copies that lie so far behind the one before. The levels they were counted at may differ: each stands for
    /// as many as the level then said, in all.
    distances: [u64; POWERS],
}

keeps!(Following: seen, level, distances);

/// Takes a fingerprint for the hash that it is.
#[derive(Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "the upper half, which samples and shards leave alone")]
    fn write_u128(&mut self, value: u128) {
        self.0 = (value >> 64) as u64;
    }
}

impl Following {
    /// Beside tables of `memory` bytes.
    pub(crate) fn new(memory: u64) -> Self {
        let capacity = (memory / 16 / EACH).clamp(LEAST, MOST);
        Self {
            seen: HashMap::default(),
            capacity: usize::try_from(capacity).expect("it is small"),
            level: 0,
            distances: [0; POWERS],
        }
    }

    /// Notes a content that begins at byte `at` of all data.
    #[inline]
    pub(crate) fn note(&mut self, fingerprint: Fingerprint, at: u64) {
        if sampled(fingerprint, self.level) {
            self.follow(fingerprint, at);
        }
    }

    #[inline(never)]
    fn follow(&mut self, fingerprint: Fingerprint, at: u64) {
        match self.seen.entry(fingerprint) {
            Entry::Occupied(mut held) => {
                let held = held.get_mut();
                self.distances[power(at - held.last)] += 1 << self.level;
                *held = Seen { count: held.count + 1, last: at };
            }
            Entry::Vacant(free) => {
                free.insert(Seen { count: 1, last: at });
                while self.seen.len() > self.capacity {
                    self.level += 1;
                    let level = self.level;
                    self.seen.retain(|held, _| sampled(*held, level));
                }
            }
        }
    }

    pub(crate) fn report(&self) -> Repeats {
        let mut contents = [0_u64; POWERS];
        for seen in self.seen.values() {
            contents[power(seen.count)] += 1 << self.level;
        }
        let listed = |counts: &[u64; POWERS]| {
            let each = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            each.map(|(power, count)| {
                (1_u64.checked_shl(u32::try_from(power).unwrap_or(64)).unwrap_or(u64::MAX), *count)
            })
            .collect()
        };
        Repeats {
            contents: listed(&contents),
            distances: listed(&self.distances),
            sampling_rate: 2_f64.powi(-self.level.cast_signed()),
        }
    }
}

/// The exponent of the least power of two that is not below a number of at least 1.
fn power(number: u64) -> usize {
    number.max(1).next_power_of_two().trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::digest;

    fn of(value: u64) -> Fingerprint {
        u128::from_le_bytes(digest(&value.to_le_bytes()))
    }

    #[test]
    fn few_contents_are_all_counted() {
        let mut following = Following::new(1 << 20);
        // 7 once, 5 twice, 3 five times; copies follow each other.
        let mut at = 0;
        for (value, times) in (0..7).map(|v| (v, 1)).chain((10..15).map(|v| (v, 2))).chain((20..23).map(|v| (v, 5))) {
            for _ in 0..times {
                following.note(of(value), at);
                at += 4096;
            }
        }
        following.note(of(0), at + 1);
        let found = following.report();
        assert_eq!(found.contents.into_iter().collect::<Vec<_>>(), [(1, 6), (2, 6), (8, 3)]);
        assert_eq!(found.distances.into_iter().collect::<Vec<_>>(), [(4096, 5 + 3 * 4), (1 << 18, 1)]);
        assert_eq!(found.sampling_rate.to_bits(), 1_f64.to_bits());
    }

    #[test]
    fn many_contents_are_estimated_without_a_bias() {
        let mut following = Following::new(1 << 20);
        let (n, copies) = (200_000_u64, 50_000_u64);
        (0..n).for_each(|value| following.note(of(value), value));
        (0..copies).for_each(|value| following.note(of(value), n + value));
        let found = following.report();
        assert!(found.sampling_rate < 0.02, "{}", found.sampling_rate);
        let near = |found: u64, expected: u64| {
            let error = (found as f64 / expected as f64 - 1.0).abs();
            assert!(error < 0.25, "{found} of {expected}");
        };
        near(found.contents[&1], n - copies);
        near(found.contents[&2], copies);
        near(found.distances[&(1 << 18)], copies);
    }
}
