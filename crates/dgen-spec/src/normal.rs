//! Normal values (section 10 of FORMAT.md).

use crate::recipe::{Recipe, RecipeError};
use crate::spec::Spec;

const TABLE: &str = include_str!("../normal-v1.csv");

/// The coefficients of a row of the table, the constant first.
fn coefficients(row: usize) -> Vec<f64> {
    let line = TABLE.lines().nth(row + 1).expect("the table has 128 rows");
    line.split(',').map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).expect("hexadecimal"))).collect()
}

/// The `count` values of `seed` from number `first` on, with a mean and a deviation that are float32 already.
///
/// # Errors
/// Never for a seed: the error is that of a recipe's text.
pub fn normal(seed: u64, first: u64, count: usize, mean: f32, deviation: f32) -> Result<Vec<f32>, RecipeError> {
    let mut words = vec![0; 4 * count];
    Spec::new(&Recipe::parse(&format!("dgen1,seed={seed}"))?).fill(4 * first, &mut words);
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes"));
    Ok(words.chunks_exact(4).map(|bytes| value(word(bytes), mean, deviation)).collect())
}

#[expect(clippy::cast_possible_truncation, reason = "the last step rounds")]
fn value(w: u32, mean: f32, deviation: f32) -> f32 {
    let v = w << 1 | 1;
    let k = v.leading_zeros();
    let x = v << k;
    let row = 4 * k + (x >> 29 & 3);
    let t = f64::from(x & ((1 << 29) - 1)) * 2_f64.powi(-29);
    let c = coefficients(row.try_into().expect("a small number"));
    let z = ((((c[5] * t + c[4]) * t + c[3]) * t + c[2]) * t + c[1]) * t + c[0];
    let d = f64::from(deviation) * z;
    let mean = f64::from(mean);
    (if w >> 31 == 0 { mean + d } else { mean - d }) as f32
}
