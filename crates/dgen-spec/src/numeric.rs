//! Numeric values (FORMAT.md, section 10).

use crate::recipe::{Recipe, RecipeError};
use crate::spec::Spec;

/// Values in a part of a row.
const PART: usize = 65536;

/// The `count` values of `seed` from number `first` on, between two bounds that are float32 already.
///
/// # Errors
/// Never for a seed: the error is that of a recipe's text.
pub fn uniform(seed: u64, first: u64, count: usize, low: f32, high: f32) -> Result<Vec<f32>, RecipeError> {
    let mut words = vec![0; 4 * count];
    Spec::new(&Recipe::parse(&format!("dgen1,seed={seed}"))?).fill(4 * first, &mut words);
    Ok(words.chunks_exact(4).map(|word| value([word[0], word[1], word[2], word[3]], low, high)).collect())
}

#[expect(clippy::cast_possible_truncation, reason = "step 3 rounds")]
fn value(word: [u8; 4], low: f32, high: f32) -> f32 {
    let m = f64::from(u32::from_le_bytes(word) >> 8);
    let (wide_low, wide_high) = (f64::from(low), f64::from(high));
    let v = (wide_low + m * ((wide_high - wide_low) * 2_f64.powi(-24))) as f32;
    if v < high { v } else { high.next_down() }
}

/// Makes a row a unit vector, unless its sum of squares is 0, infinite or NaN.
pub fn unit_row(row: &mut [f32]) {
    let sum: f64 = row.chunks(PART).map(part_sum).fold(0.0, |sum, part| sum + part);
    if sum == 0.0 || !sum.is_finite() {
        return;
    }
    let factor = 1.0 / sum.sqrt();
    for x in row {
        #[expect(clippy::cast_possible_truncation, reason = "the product is rounded")]
        let scaled = (f64::from(*x) * factor) as f32;
        *x = scaled;
    }
}

fn part_sum(part: &[f32]) -> f64 {
    let mut sums = [0.0; 16];
    for (index, &x) in part.iter().enumerate() {
        sums[index % 16] += f64::from(x) * f64::from(x);
    }
    for apart in [8, 4, 2, 1] {
        for k in 0..apart {
            sums[k] += sums[k + apart];
        }
    }
    sums[0]
}
