//! Mutations of samples, for runs without libFuzzer: the same for the same seed.

use crate::Target;

/// A sequence of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ word >> 31) % bound as u64).expect("below a usize")
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a [u8] {
        among[self.below(among.len())].as_bytes()
    }
}

/// One of the target's samples, changed in some places.
pub fn mutated(target: &Target, random: &mut Random) -> Vec<u8> {
    let mut data = random.pick(target.samples).to_vec();
    for _ in 0..random.below(8) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(12)).min(data.len());
        match random.below(7) {
            0 | 1 => drop(data.splice(at..at, random.pick(target.words).iter().copied())),
            2 => drop(data.splice(at..end, random.pick(target.words).iter().copied())),
            3 => drop(data.drain(at..end)),
            4 => data.insert(at, u8::try_from(random.below(256)).expect("a byte")),
            5 => drop(data.splice(at..end, random.pick(target.samples).iter().copied())),
            _ if at < data.len() => data[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
    data
}
