//! Byte histogram and its order-0 Shannon entropy.

use std::io::Result;

use crate::keep::{Keep, Pass};

/// Parallel counters: neighbouring bytes are often equal, and one counter per byte position keeps their updates apart.
const LANES: usize = 8;

/// Bytes after which the 32-bit counters are folded into the wide ones; far below what would overflow one.
const FOLD_BYTES: usize = 1 << 30;

/// How often each byte value occurred.
pub(crate) struct Histogram {
    lanes: [[u32; 256]; LANES],
    unfolded: usize,
    counts: [u64; 256],
}

impl Keep for Histogram {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        self.fold();
        self.counts.pass(way)
    }
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { lanes: [[0; 256]; LANES], unfolded: 0, counts: [0; 256] }
    }

    /// Counts every byte of `data`.
    pub(crate) fn add(&mut self, data: &[u8]) {
        for part in data.chunks(FOLD_BYTES) {
            if self.unfolded + part.len() > FOLD_BYTES {
                self.fold();
            }
            self.unfolded += part.len();
            let (words, rest) = part.as_chunks::<LANES>();
            for word in words {
                for (byte, counts) in word.iter().zip(&mut self.lanes) {
                    counts[usize::from(*byte)] += 1;
                }
            }
            for byte in rest {
                self.lanes[0][usize::from(*byte)] += 1;
            }
        }
    }

    /// Counts `bytes` zero bytes.
    pub(crate) fn add_zeros(&mut self, bytes: usize) {
        self.counts[0] += bytes as u64;
    }

    /// Adds the counts of another histogram.
    pub(crate) fn merge(&mut self, mut other: Self) {
        other.fold();
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
    }

    /// Entropy in bits per byte, 0 to 8; 0 where nothing was counted.
    pub(crate) fn bits_per_byte(mut self) -> f64 {
        self.fold();
        let total: u64 = self.counts.iter().sum();
        let bits = |count: &u64| {
            let share = *count as f64 / total as f64;
            share * (1.0 / share).log2()
        };
        self.counts.iter().filter(|count| **count > 0).fold(0.0, |sum, count| sum + bits(count))
    }

    fn fold(&mut self) {
        for lane in &mut self.lanes {
            self.counts.iter_mut().zip(&mut *lane).for_each(|(sum, count)| *sum += u64::from(std::mem::take(count)));
        }
        self.unfolded = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_entropies() {
        let of = |data: &[u8]| {
            let mut histogram = Histogram::new();
            histogram.add(data);
            histogram.bits_per_byte()
        };
        assert_eq!(of(&[]).to_bits(), 0);
        assert_eq!(of(&[7; 1001]).to_bits(), 0);
        assert!((of(&[0, 1].repeat(500)) - 1.0).abs() < 1e-12);
        let all: Vec<u8> = (0..=255).collect();
        assert!((of(&all.repeat(9000)) - 8.0).abs() < 1e-12);
    }

    #[test]
    fn counts_match_a_plain_loop() {
        let data: Vec<u8> = (0..3_000_001_u64).map(|i| ((i * i) >> 9).to_le_bytes()[0]).collect();
        let mut expected = [0_u64; 256];
        for byte in &data {
            expected[usize::from(*byte)] += 1;
        }
        expected[0] += 99;
        let (mut histogram, mut other) = (Histogram::new(), Histogram::new());
        let (head, tail) = data.split_at(1_234_567);
        histogram.add(head);
        histogram.fold();
        other.add(tail);
        other.add_zeros(99);
        histogram.merge(other);
        histogram.fold();
        assert_eq!(histogram.counts, expected);
    }
}
