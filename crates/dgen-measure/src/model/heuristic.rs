//! How btrfs decides whether to compress where that is not forced: from samples of each extent, and from what became of
//! those before it in the file.

use super::KIB;
use crate::keep::keeps;

/// A sample of so many bytes is taken at each multiple of the stride.
const SAMPLE: usize = 16;
const STRIDE: usize = 256;

/// Fewer different bytes than this are text or the like.
const FEW_VALUES: usize = 64;
/// So many values that make up nine tenths of the samples are few, and so many are noise.
const CORE_SMALL: usize = 64;
const CORE_LARGE: usize = 200;
/// Per cent of 8 bits per byte that noise has at least.
const NOISE: u64 = 80;

/// What is handed over to be written as one, and what one thread compresses of it.
const RANGE: u64 = 128 * 1024 * KIB;
const PART: u64 = 512 * KIB;

/// Whether samples of an extent look as if it could be compressed.
pub(crate) fn looks_compressible(extent: &[u8]) -> bool {
    let starts = (0..extent.len().saturating_sub(SAMPLE - 1)).step_by(STRIDE);
    let samples: Vec<u8> = starts.flat_map(|start| extent[start..][..SAMPLE].iter().copied()).collect();
    let half = samples.len() / 2;
    if samples[..half] == samples[half..2 * half] {
        return true;
    }
    let mut counts = [0_u64; 256];
    for byte in &samples {
        counts[usize::from(*byte)] += 1;
    }
    if counts.iter().filter(|count| **count > 0).count() < FEW_VALUES {
        return true;
    }
    match core(counts, samples.len() as u64 * 90 / 100) {
        core if core <= CORE_SMALL => true,
        core if core >= CORE_LARGE => false,
        _ => entropy(&counts, samples.len() as u64) < NOISE,
    }
}

/// How many values, the most frequent first, make up more than `share` of the samples; at least `CORE_SMALL`.
fn core(mut counts: [u64; 256], share: u64) -> usize {
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let mut sum: u64 = counts[..CORE_SMALL].iter().sum();
    let mut core = CORE_SMALL;
    while sum <= share && core < CORE_LARGE && counts[core] > 0 {
        sum += counts[core];
        core += 1;
    }
    core
}

/// Entropy in per cent of the most there can be, in quarters of a bit, rounded down where the kernel does.
fn entropy(counts: &[u64; 256], all: u64) -> u64 {
    let quarters = |number: u64| u64::from(u128::from(number).pow(4).ilog2());
    let sum: u64 =
        counts.iter().filter(|count| **count > 0).map(|count| count * (quarters(all) - quarters(*count))).sum();
    sum / all * 100 / (8 * quarters(2))
}

/// What is decided for a file, extent by extent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Decisions {
    /// Whether the range, and the part of it, is still to be compressed.
    range: bool,
    part: bool,
    /// Whether an extent of the file was compressed in vain: then none that follows is.
    in_vain: bool,
}

keeps!(Decisions: range, part, in_vain);

impl Decisions {
    /// Whether the extent at byte `at` of its file is stored compressed, if its samples `look` compressible and
    /// compression `saves` space.
    pub(crate) fn compresses(&mut self, at: u64, looks: bool, saves: bool) -> bool {
        if at == 0 {
            self.in_vain = false;
        }
        if at.is_multiple_of(RANGE) {
            self.range = looks && !self.in_vain;
        }
        if at.is_multiple_of(PART) {
            self.part = self.range && !self.in_vain;
        }
        self.part &= looks;
        if self.part && !saves {
            (self.part, self.in_vain) = (false, true);
        }
        self.part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: u64) -> Vec<u8> {
        (0..len).map(|i| (i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33).to_le_bytes()[2]).collect()
    }

    #[test]
    fn samples_tell_noise_from_text() {
        let noise = noise(128 << 10);
        assert!(!looks_compressible(&noise));
        assert!(looks_compressible(&vec![7; 128 << 10]));
        assert!(looks_compressible(&noise.iter().map(|byte| byte % 60).collect::<Vec<_>>()), "few values");
        assert!(looks_compressible(&noise.repeat(2)[..256 << 10]), "halves that are alike");
        // Only the samples count.
        let mut hidden = noise;
        hidden.chunks_mut(256).for_each(|stride| stride[..16].fill(b'x'));
        assert!(looks_compressible(&hidden));
        assert!([&[][..], b"short"].iter().all(|bytes| looks_compressible(bytes)));
    }

    #[test]
    fn between_few_values_and_many_the_entropy_decides() {
        // 128 values alike are 7 bits of 8: 87 %. Half of one value beside them leaves 4.5 bits: 56 %.
        let alike: Vec<u8> = (0..128_u8).cycle().take(8192).collect();
        let samples =
            |values: &[u8]| -> Vec<u8> { values.chunks(16).flat_map(|sample| [sample, &[0; 240]].concat()).collect() };
        assert!(!looks_compressible(&samples(&alike[..4096 + 16])));
        let skewed: Vec<u8> =
            alike.iter().enumerate().map(|(i, byte)| if i % 2 == 0 { 9 } else { *byte | 1 }).collect();
        assert!(looks_compressible(&samples(&skewed[..4096 + 16])));
    }

    #[test]
    fn an_extent_refused_leaves_the_rest_of_its_part_raw() {
        const EXTENT: u64 = 128 << 10;
        let run = |extents: &[(bool, bool)]| -> Vec<bool> {
            let mut decisions = Decisions::default();
            (0..).zip(extents).map(|(i, (looks, saves))| decisions.compresses(i * EXTENT, *looks, *saves)).collect()
        };
        let (yes, no, vain) = ((true, true), (false, true), (true, false));
        assert_eq!(run(&[yes, no, yes, yes, yes, yes]), [true, false, false, false, true, true]);
        assert_eq!(run(&[yes, vain, yes, yes, yes, yes]), [true, false, false, false, false, false]);
        // What the range begins with decides for all of it.
        assert_eq!(run(&[no, yes, yes, yes, yes, yes]), [false; 6]);
    }
}
