//! Floats of 16 bits as float64 numbers, and back.

/// A format of 16 bits: of its finite values each is a float64 number too.
#[derive(Clone, Copy, Debug)]
pub(super) struct SmallFloat {
    /// Bits of the significand, with the one that is not stored.
    pub(super) precision: u32,
    /// The exponent of the smallest normal number.
    least: i32,
    /// The infinity's bits.
    infinity: u16,
}

/// binary16 of IEEE 754.
pub(super) const FLOAT16: SmallFloat = SmallFloat { precision: 11, least: -14, infinity: 0x7c00 };
/// The upper half of binary32.
pub(super) const BFLOAT16: SmallFloat = SmallFloat { precision: 8, least: -126, infinity: 0x7f80 };

const SIGN: u16 = 0x8000;

impl SmallFloat {
    /// The nearest value's bits, of two the even one's; those of an infinity for numbers past all values.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the significand is a small integer")]
    pub(super) fn nearest(self, number: f64) -> u16 {
        let sign = if number.is_sign_negative() { SIGN } else { 0 };
        if !number.is_finite() {
            return sign | self.infinity;
        }
        let stored = (number.to_bits() >> 52) & 0x7ff;
        let exponent = (stored as i32 - 1023).max(self.least);
        // Exact: powers of two, and float64 has far smaller ones.
        let step = power(exponent - (self.precision.cast_signed() - 1));
        let significand = (number.abs() / step).round_ties_even() as u32;
        // The bit that is not stored, and one carried from below, raise the exponent by themselves.
        let bits = (((exponent - self.least) as u32) << (self.precision - 1)) + significand;
        sign | bits.min(self.infinity.into()) as u16
    }

    /// The number that bits stand for.
    pub(super) fn number(self, bits: u16) -> f64 {
        let magnitude = bits & !SIGN;
        let stored = magnitude >> (self.precision - 1);
        let fraction = magnitude & ((1 << (self.precision - 1)) - 1);
        let whole = if stored == 0 { fraction } else { fraction | 1 << (self.precision - 1) };
        let exponent = i32::from(stored.max(1)) - 1 + self.least - (self.precision.cast_signed() - 1);
        let value = if magnitude >= self.infinity { f64::INFINITY } else { f64::from(whole) * power(exponent) };
        if bits & SIGN == 0 { value } else { -value }
    }

    /// The bits of the largest value below a finite one.
    pub(super) fn below(bits: u16) -> u16 {
        match bits {
            0 | SIGN => SIGN | 1,
            bits if bits & SIGN == 0 => bits - 1,
            bits => bits + 1,
        }
    }
}

/// 2 to a power between those of the smallest normal float64 and of the largest.
fn power(exponent: i32) -> f64 {
    f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_and_halves_go_to_the_even_one() {
        for format in [FLOAT16, BFLOAT16] {
            for bits in (0..format.infinity).flat_map(|bits| [bits, bits | SIGN]) {
                assert_eq!(format.nearest(format.number(bits)), bits, "{bits:#x}");
            }
            for bits in 0..format.infinity - 1 {
                let half = f64::midpoint(format.number(bits), format.number(bits + 1));
                assert_eq!(format.nearest(half), bits + bits % 2);
                assert_eq!(format.nearest(half.next_up()), bits + 1);
                assert_eq!(format.nearest(-half.next_down()), bits | SIGN);
                assert_eq!(SmallFloat::below(bits + 1), bits);
            }
        }
    }

    #[test]
    fn known_values_have_their_bits() {
        for (number, float16, bfloat16) in [
            (0.0, 0, 0),
            (1.0, 0x3c00, 0x3f80),
            (-2.0, 0xc000, 0xc000),
            (65504.0, 0x7bff, 0x4780),
            (65520.0, 0x7c00, 0x4780),
            (6e-8, 1, 0x3381),
            (1e39, 0x7c00, 0x7f80),
            (f64::MIN_POSITIVE / 4.0, 0, 0),
        ] {
            assert_eq!((FLOAT16.nearest(number), BFLOAT16.nearest(number)), (float16, bfloat16), "{number:e}");
        }
        assert_eq!(SmallFloat::below(0), SIGN | 1);
        assert_eq!(SmallFloat::below(SIGN | 5), SIGN | 6);
    }
}
