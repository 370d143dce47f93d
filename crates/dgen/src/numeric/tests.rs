//! Values and norms equal a plain reading of FORMAT.md, whatever the kernel, the threads and the piece asked for.

#![allow(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "rounding to float32 is the definition, bit by bit"
)]

use super::*;
use crate::kernel::Kernel;
use crate::recipe::Recipe;
use crate::stream::Stream;

const BOUNDS: [(f64, f64); 8] = [
    (0.0, 1.0),
    (-1.0, 1.0),
    (0.1, 0.3),
    (-3.4e38, 3.4e38),
    (1.0, 1.000_000_2),
    (0.0, 1e-45),
    (-1e-40, 1e-42),
    (-5.0, 0.0),
];

/// The values as the document defines them, one by one.
fn expected(seed: u64, (low, high): (f64, f64), first: u64, count: usize) -> Vec<f32> {
    let mut words = vec![0; 4 * count];
    Stream::with_kernel(&Recipe::with_seed(seed), Kernel::by_name("portable").unwrap())
        .fill_at(4 * first, &mut words)
        .unwrap();
    let (low, high) = (low as f32, high as f32);
    let value = |word: &[u8]| {
        let bits = u32::from_le_bytes(word.try_into().unwrap()) >> 8;
        let unit = f64::from(bits) / 16_777_216.0;
        let value = f64::from(low) + unit * (f64::from(high) - f64::from(low));
        (value as f32).min(high.next_down())
    };
    words.chunks(4).map(value).collect()
}

/// A unit row as the document defines it: sums of stride 16 in parts of 65536, halved until one is left.
fn expected_unit(row: &[f32]) -> Vec<f32> {
    let mut sum = 0.0;
    for part in row.chunks(65_536) {
        let mut lanes: Vec<f64> = (0..16)
            .map(|lane| part.iter().skip(lane).step_by(16).fold(0.0, |sum, &x| sum + f64::from(x) * f64::from(x)))
            .collect();
        while lanes.len() > 1 {
            let upper = lanes.split_off(lanes.len() / 2);
            lanes.iter_mut().zip(upper).for_each(|(lane, other)| *lane += other);
        }
        sum += lanes[0];
    }
    if sum == 0.0 || !sum.is_finite() {
        return row.to_vec();
    }
    let factor = 1.0 / sum.sqrt();
    row.iter().map(|&x| (f64::from(x) * factor) as f32).collect()
}

fn bits(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|&raw| u32::from_ne_bytes(raw)).collect()
}

fn bits_of(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

#[test]
fn every_kernel_gives_the_values_of_the_document() {
    for kernel in Kernel::available() {
        for (case, bounds) in BOUNDS.into_iter().enumerate() {
            let seed = 40 + case as u64;
            let values = Uniform::new(seed, bounds.0, bounds.1).unwrap().with_kernel(kernel);
            for (first, count) in [(0, 0), (0, 1), (3, 37), (1021, 5000), ((1 << 61) - 100, 100), (7, 300_000)] {
                let mut out = vec![1; 4 * count];
                Work::draw(&values, first, &mut out, 2).unwrap().finish();
                let expected = expected(seed, bounds, first, count);
                assert!(bits(&out) == bits_of(&expected), "{} {bounds:?} {first} {count}", kernel.name());
            }
        }
    }
}

#[test]
fn the_sample_of_the_document() {
    let values = Uniform::new(0x1f, -1.0, 1.0).unwrap();
    let mut out = [0; 16];
    Work::draw(&values, 0, &mut out, 1).unwrap().finish();
    assert_eq!(bits(&out), [0xbdda_b950, 0x3dbf_cf40, 0xbf3d_00e2, 0x3f1e_1cc4]);
    Work::normalize(&mut out, 4, 1).unwrap().finish();
    assert_eq!(bits(&out), [0xbde0_cb62, 0x3dc5_2217, 0xbf42_3fc9, 0x3f22_802f]);
}

#[test]
fn values_stay_within_their_bounds() {
    for (low, high) in BOUNDS {
        let mut out = vec![0; 4 << 20];
        Work::draw(&Uniform::new(3, low, high).unwrap(), 0, &mut out, 2).unwrap().finish();
        for bits in bits(&out) {
            let value = f32::from_bits(bits);
            assert!(value >= low as f32 && value < high as f32, "{value:?} of {low:?} to {high:?}");
        }
    }
}

#[test]
fn extreme_words_stay_within_their_bounds() {
    for (low, high) in BOUNDS {
        let mut words = [[0; 4], [0xff; 4], [0, 0, 0, 0x80]];
        Uniform::new(0, low, high).unwrap().range().convert(&mut words);
        let [first, last, _] = words.map(f32::from_ne_bytes);
        assert!(first == low as f32 && last >= first && last < high as f32, "{last:?} of {low:?} to {high:?}");
    }
}

#[test]
fn every_kernel_and_thread_count_gives_the_unit_rows_of_the_document() {
    // Rows shorter than the sums are wide, of several parts, and long ones that threads share.
    for (rows, dim) in [(1000, 1), (999, 3), (700, 17), (300, 512), (9, 65_536), (5, 65_541), (2, 1_100_003)] {
        let values: Vec<f32> = expected(9, (-2.0, 3.0), 5, rows * dim);
        let expected: Vec<f32> = values.chunks(dim).flat_map(expected_unit).collect();
        for kernel in Kernel::available() {
            let source = Uniform::new(9, -2.0, 3.0).unwrap().with_kernel(kernel);
            for threads in [1, 2, 7] {
                let case = format!("{} {rows} x {dim} on {threads}", kernel.name());
                let mut out = vec![0; 4 * rows * dim];
                Work::draw(&source, 5, &mut out, threads).unwrap().normalized(dim).unwrap().finish();
                assert!(bits(&out) == bits_of(&expected), "drawn {case}");
                // From an odd address on.
                let mut bytes = vec![0; 1];
                bytes.extend(bytes_of(&values));
                Work::normalize(&mut bytes[1..], dim, threads).unwrap().with_kernel(kernel).finish();
                assert!(bits(&bytes[1..]) == bits_of(&expected), "normalised {case}");
            }
        }
    }
}

#[test]
fn rows_become_unit_rows_where_float32_sums_would_not() {
    for row in [[1e30, 1e30, -3e38], [1e-30, 0.0, 2e-30], [1e-45, 0.0, -1e-45], [f32::MAX; 3], [0.0, -1e-45, 0.0]] {
        let mut bytes = bytes_of(&row);
        Work::normalize(&mut bytes, 3, 1).unwrap().finish();
        let sum: f64 = bits(&bytes).into_iter().map(|bits| f64::from(f32::from_bits(bits)).powi(2)).sum();
        assert!((sum.sqrt() - 1.0).abs() < 1e-7, "{row:?}");
    }
}

#[test]
fn rows_without_a_direction_stay_as_they_are() {
    let other_nan = f32::from_bits(0xffc0_1234);
    let rows = [[0.0, -0.0], [f32::NAN, 1.0], [other_nan, 2.0], [f32::INFINITY, 1.0], [3.0, f32::NEG_INFINITY]];
    let mut bytes = bytes_of(rows.as_flattened());
    Work::normalize(&mut bytes, 2, 1).unwrap().finish();
    assert_eq!(bits(&bytes), bits_of(rows.as_flattened()));
}

#[test]
fn steps_cover_everything_once() {
    let values = Uniform::new(1, 0.0, 1.0).unwrap();
    let count = (64 << 20) / 4 + 3000;
    let mut out = vec![0; 4 * count];
    let mut work = Work::draw(&values, 0, &mut out, 2).unwrap();
    assert!(work.step(), "64 MiB are one step, the rest is another");
    assert!(!work.step() && !work.step());
    assert!(bits(&out) == bits_of(&expected(1, (0.0, 1.0), 0, count)));
}

#[test]
fn errors_name_the_value_and_the_range() {
    for (low, high, name) in [
        (f64::NAN, 1.0, "low: NaN"),
        (0.0, f64::INFINITY, "high: inf"),
        (-1e39, 0.0, "low: -1e39"),
        (1.0, 1.0, "high: 1.0"),
        (2.0, 1.0, "high: 1.0"),
        (0.0, 1e-60, "high: 1e-60"),
        (-0.0, 0.0, "high: 0.0"),
    ] {
        let message = Uniform::new(0, low, high).unwrap_err().to_string();
        assert!(message.starts_with(name) && message.contains("accepted: "), "{message}");
    }
    for (len, dim) in [(8, 0), (9, 1), (8, 3), (8, usize::MAX)] {
        assert!(Work::normalize(&mut vec![0; len], dim, 1).is_err(), "{len} {dim}");
    }
    Work::normalize(&mut [], usize::MAX, 1).unwrap().finish();
    let values = Uniform::new(0, 0.0, 1.0).unwrap();
    assert!(Work::draw(&values, 0, &mut [0; 5], 1).is_err());
    for first in [1 << 61, u64::MAX] {
        let message = Work::draw(&values, first, &mut [0; 4], 1).unwrap_err().to_string();
        assert!(message.contains("2^61"), "{message}");
    }
}
