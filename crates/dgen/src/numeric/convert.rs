//! Loops that turn words of a stream, which are little-endian, into values in the machine's byte order.

use crate::kernel::{Kernel, Wide};
use std::sync::Arc;

/// Float64 values from the upper 53 bits of words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Float64s {
    low: f64,
    /// 2^-53 of the distance between the bounds.
    step: f64,
    /// The largest value below the upper bound.
    most: f64,
}

impl Float64s {
    /// `None` where the distance between the bounds is not finite.
    pub(super) fn new(low: f64, high: f64) -> Option<Self> {
        let step = (high - low) / (1u64 << 53) as f64;
        step.is_finite().then_some(Self { low, step, most: high.next_down() })
    }

    pub(super) fn convert(self, kernel: Kernel, words: &mut [u8]) {
        kernel.run_wide(DrawFloat64s { floats: self, words });
    }

    #[inline(always)]
    fn value(self, word: u64) -> f64 {
        let value = self.low + float64(word >> 11) * self.step;
        if value < self.most { value } else { self.most }
    }
}

/// An integer below 2^53, exactly: by halves, for processors that convert no long integers.
#[inline(always)]
fn float64(integer: u64) -> f64 {
    const LOWER: f64 = (1u64 << 52) as f64;
    const UPPER: f64 = LOWER * (1u64 << 32) as f64;
    let lower = f64::from_bits(LOWER.to_bits() | integer & 0xffff_ffff) - LOWER;
    let upper = f64::from_bits(UPPER.to_bits() | integer >> 32) - UPPER;
    upper + lower
}

struct DrawFloat64s<'a> {
    floats: Float64s,
    words: &'a mut [u8],
}

impl Wide for DrawFloat64s<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for raw in self.words.as_chunks_mut().0 {
            *raw = self.floats.value(u64::from_le_bytes(*raw)).to_ne_bytes();
        }
    }
}

/// Values of two bytes, chosen by the upper bits of words.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Two to the power of `bits` of them.
    pub(super) values: Arc<[u16]>,
    pub(super) bits: u32,
}

impl Chosen {
    pub(super) fn convert(&self, words: &mut [u8]) {
        let shift = u16::BITS - self.bits;
        for raw in words.as_chunks_mut().0 {
            let chosen = usize::from(u16::from_le_bytes(*raw) >> shift);
            *raw = self.values[chosen].to_ne_bytes();
        }
    }
}

/// Integers of any size: upper bits of words, and the lowest value added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shifted {
    pub(super) low: u64,
    pub(super) bits: u32,
    pub(super) size: usize,
}

impl Shifted {
    pub(super) fn convert(self, kernel: Kernel, words: &mut [u8]) {
        kernel.run_wide(DrawShifted { shifted: self, words });
    }
}

struct DrawShifted<'a> {
    shifted: Shifted,
    words: &'a mut [u8],
}

/// The loop of one integer type.
macro_rules! shifted {
    ($type:ty, $self:ident) => {{
        #[allow(clippy::cast_possible_truncation, reason = "sums are taken modulo the type's size")]
        let low = $self.shifted.low as $type;
        let shift = <$type>::BITS - $self.shifted.bits;
        for raw in $self.words.as_chunks_mut().0 {
            let upper = <$type>::from_le_bytes(*raw).checked_shr(shift).unwrap_or(0);
            *raw = low.wrapping_add(upper).to_ne_bytes();
        }
    }};
}

impl Wide for DrawShifted<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match self.shifted.size {
            1 => shifted!(u8, self),
            2 => shifted!(u16, self),
            4 => shifted!(u32, self),
            _ => shifted!(u64, self),
        }
    }
}

/// The upper half of the product of a word and the number of values.
#[inline(always)]
fn scaled(word: u64, count: u32) -> u64 {
    let count = u64::from(count);
    // No carry is lost: the sum stays below 2^64.
    ((word >> 32) * count + (((word & 0xffff_ffff) * count) >> 32)) >> 32
}

/// Integers of eight bytes from words of as many.
pub(super) struct InPlace<'a> {
    pub(super) low: u64,
    pub(super) count: u32,
    pub(super) words: &'a mut [u8],
}

impl Wide for InPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for raw in self.words.as_chunks_mut().0 {
            *raw = self.low.wrapping_add(scaled(u64::from_le_bytes(*raw), self.count)).to_ne_bytes();
        }
    }
}

/// Integers of `size` bytes, fewer than eight, from words of eight.
pub(super) fn multiplied(kernel: Kernel, low: u64, count: u32, words: &[u8], out: &mut [u8], size: usize) {
    kernel.run_wide(Multiplied { low, count, words, out, size });
}

struct Multiplied<'a> {
    low: u64,
    count: u32,
    words: &'a [u8],
    out: &'a mut [u8],
    size: usize,
}

/// The loop of one integer type.
macro_rules! multiplied {
    ($type:ty, $self:ident) => {
        for (raw, word) in $self.out.as_chunks_mut().0.iter_mut().zip($self.words.as_chunks().0) {
            let value = $self.low.wrapping_add(scaled(u64::from_le_bytes(*word), $self.count));
            #[allow(clippy::cast_possible_truncation, reason = "sums are taken modulo the type's size")]
            let value = value as $type;
            *raw = value.to_ne_bytes();
        }
    };
}

impl Wide for Multiplied<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match self.size {
            1 => multiplied!(u8, self),
            2 => multiplied!(u16, self),
            _ => multiplied!(u32, self),
        }
    }
}

/// Integers of eight bytes from words of sixteen.
pub(super) fn multiplied_wide(low: u64, count: u64, words: &[u8], out: &mut [u8]) {
    for (raw, word) in out.as_chunks_mut().0.iter_mut().zip(words.as_chunks::<16>().0) {
        let (lower, upper) = word.split_at(8);
        let [lower, upper] =
            [lower, upper].map(|half| u128::from(u64::from_le_bytes(*half.first_chunk().unwrap_or(&[0; 8]))));
        let count = u128::from(count);
        let product = upper * count + ((lower * count) >> 64);
        let value = low.wrapping_add((product >> 64) as u64);
        *raw = value.to_ne_bytes();
    }
}
