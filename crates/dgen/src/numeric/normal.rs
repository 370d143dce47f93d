//! Normal values: words of a stream as quantiles of the normal distribution (FORMAT.md, section 10).

use super::normal_table::QUANTILES;
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Wide};

/// No value is farther from the mean than this many deviations.
const MOST: f64 = 6.4;

/// The coefficients of each polynomial, the constant first; those of the smallest numbers come first.
static COEFFICIENTS: [[f64; 6]; 128] = {
    let mut rows = [[0.0; 6]; 128];
    let mut at = 0;
    while at < 6 * 128 {
        let (row, power) = (at / 6, at % 6);
        rows[row][power] = f64::from_bits(QUANTILES[4 * (31 - row / 4) + row % 4][power]);
        at += 1;
    }
    rows
};
/// The exponent and the two highest bits of the mantissa of 1, as float64 has them.
const ONE: u64 = 1.0_f64.to_bits() >> 50;

/// Mean and standard deviation, both rounded to float32.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normal {
    mean: f64,
    deviation: f64,
}

impl Normal {
    pub(super) fn new(mean: f64, std: f64) -> Result<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "both are rounded to float32")]
        let (mean32, std32) = (mean as f32, std as f32);
        let most = f64::from(f32::MAX);
        if !mean32.is_finite() {
            return Err(Error::invalid("mean", format_args!("{mean:?}"), "finite float32 numbers"));
        }
        let normal = Self { mean: f64::from(mean32), deviation: f64::from(std32) };
        if std32 >= 0.0 && normal.mean.abs() + MOST * normal.deviation <= most {
            return Ok(normal);
        }
        let accepted = format!("0 to {:e} with mean = {mean:?}", (most - normal.mean.abs()) / MOST);
        Err(Error::invalid("std", format_args!("{std:?}"), &accepted))
    }

    pub(super) fn convert(self, kernel: Kernel, words: &mut [u8]) {
        kernel.run_wide(Draw { normal: self, words });
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "rounding to float32 is the definition")]
    fn value(self, word: u32) -> f32 {
        // As a float64 a number shows its highest bit as the exponent, and what follows as the mantissa. All is exact.
        let bits = f64::from((word << 1) | 1).to_bits();
        #[expect(clippy::cast_possible_truncation, reason = "a number below 128")]
        let row = ((bits >> 50) - ONE) as usize % 128;
        let t = f64::from_bits((ONE << 50) | ((bits & ((1 << 50) - 1)) << 2)) - 1.0;
        let [c0, c1, c2, c3, c4, c5] = COEFFICIENTS[row];
        let z = ((((c5 * t + c4) * t + c3) * t + c2) * t + c1) * t + c0;
        let distance = self.deviation * z;
        // A sum with the opposite number is the difference.
        let signed = f64::from_bits(distance.to_bits() ^ (u64::from(word >> 31) << 63));
        (self.mean + signed) as f32
    }
}

struct Draw<'a> {
    normal: Normal,
    words: &'a mut [u8],
}

impl Wide for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for raw in self.words.as_chunks_mut().0 {
            *raw = self.normal.value(u32::from_le_bytes(*raw)).to_ne_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "values are the same to the bit")]
    fn quantiles_rise_and_are_symmetric() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        // From the middle out: smaller words lie farther from the mean.
        let words = (0..1 << 20).map(|i| i << 11 | 0x3ff).chain([0x7fff_ffff, 0, 1, 2]);
        let mut words: Vec<u32> = words.collect();
        words.sort_unstable();
        let values: Vec<f32> = words.iter().map(|&word| normal.value(word)).collect();
        assert!(values.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(values[0] > 6.2 && values[0] < 6.4 && values.last().unwrap().abs() < 1e-6);
        for (&word, value) in words.iter().zip(values) {
            assert_eq!(normal.value(word | 1 << 31), -value);
        }
    }

    #[test]
    fn known_quantiles() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        // Shares of the values above 0 that lie farther out than one, two, … six deviations.
        for (share, z) in [
            (0.317_310_507_862_914, 1.0),
            (0.045_500_263_896_358, 2.0),
            (0.002_699_796_063_260_2, 3.0),
            (6.334_248_366_623_99e-5, 4.0),
            (5.733_031_437_583_87e-7, 5.0),
        ] {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a word")]
            let word = (share * f64::from(1_u32 << 31)) as u32;
            // A word stands for one in 2^31.
            let close = 1e-6 + 1.0 / (share * f64::from(1_u32 << 31));
            assert!((f64::from(normal.value(word)) - z).abs() < close, "{z}");
        }
    }

    #[test]
    fn what_would_be_infinite_is_refused() {
        for (mean, std, name) in [
            (f64::NAN, 1.0, "mean"),
            (1e39, 1.0, "mean"),
            (0.0, -1.0, "std"),
            (0.0, f64::INFINITY, "std"),
            (0.0, f64::NAN, "std"),
            (3.4e38, 1e37, "std"),
            (0.0, 6e37, "std"),
        ] {
            let message = Normal::new(mean, std).unwrap_err().to_string();
            assert!(message.starts_with(name) && message.contains("accepted: "), "{message}");
        }
        let normal = Normal::new(3e38, 6e36).unwrap();
        assert!([0, u32::MAX, 1 << 31, 0x7fff_ffff].iter().all(|&word| normal.value(word).is_finite()));
    }
}
