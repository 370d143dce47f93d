//! Row norms, summed in one order for every processor and thread count, and the scaling of rows by them.

use super::Raw;

/// Values in a part of a row; the squares of each part are summed by themselves.
pub(super) const PART: usize = 1 << 16;
/// Sums that run side by side through a part.
const LANES: usize = 16;

/// The sum of the squares of a whole row.
#[inline(always)]
pub(super) fn row_sum(row: &[Raw]) -> f64 {
    // A loop, since the closure of a `fold` would be compiled without the caller's instructions.
    let mut sum = 0.0;
    for part in row.chunks(PART) {
        sum += part_sum(part);
    }
    sum
}

/// The sum of the squares of one part of a row. A square of a float32 is exact in float64, in range and precision.
#[inline(always)]
pub(super) fn part_sum(part: &[Raw]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (groups, rest) = part.as_chunks::<LANES>();
    for group in groups {
        add_squares(&mut lanes, group);
    }
    if !rest.is_empty() {
        // Adding a zero changes no lane.
        let mut group = [[0; 4]; LANES];
        group[..rest.len()].copy_from_slice(rest);
        add_squares(&mut lanes, &group);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn add_squares(lanes: &mut [f64; LANES], group: &[Raw; LANES]) {
    for (lane, raw) in lanes.iter_mut().zip(group) {
        let value = f64::from(f32::from_ne_bytes(*raw));
        *lane += value * value;
    }
}

/// What a row with this sum of squares is multiplied by; `None` for a row that has no direction: all zeros, or with
/// a NaN or an infinity in it.
#[inline(always)]
pub(super) fn factor(sum: f64) -> Option<f64> {
    (sum > 0.0 && sum < f64::INFINITY).then(|| 1.0 / sum.sqrt())
}

#[inline(always)]
pub(super) fn scale(values: &mut [Raw], factor: f64) {
    for raw in values {
        let value = f64::from(f32::from_ne_bytes(*raw));
        #[expect(clippy::cast_possible_truncation, reason = "rounding to float32 is the definition")]
        let scaled = (value * factor) as f32;
        *raw = scaled.to_ne_bytes();
    }
}
