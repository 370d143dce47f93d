//! Values of every type equal a plain reading of FORMAT.md, whatever the kernel, the threads and the piece asked for.

use super::{Item, Uniform, Values, Work};
use crate::driver::Team;
use crate::kernel::Kernel;
use crate::recipe::Recipe;
use crate::stream::Stream;

const NAMES: [&str; 13] = [
    "float16", "bfloat16", "float32", "float64", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16",
    "uint32", "uint64",
];

fn stream_bytes(seed: u64, offset: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    Stream::with_kernel(&Recipe::with_seed(seed), Kernel::by_name("portable").unwrap())
        .fill_at(offset, &mut out)
        .unwrap();
    out
}

fn filled(values: &Values, first: u64, count: usize, threads: usize) -> Vec<u8> {
    let mut out = vec![0xa5; count * values.item_size()];
    values.fill(first, &mut out, &Team::free(threads)).unwrap();
    out
}

/// The integers as the document defines them, modulo the type's size, in the machine's byte order.
fn expected_integers(seed: u64, size: usize, low: i128, high: i128, first: u64, count: usize) -> Vec<u8> {
    let n = (high - low).cast_unsigned();
    let word = match n {
        n if n.is_power_of_two() => size,
        n if n < 1 << 32 => 8,
        _ => 16,
    };
    let words = stream_bytes(seed, first * word as u64, count * word);
    let value = |word: &[u8]| {
        let bits = 8 * word.len();
        let number = word.iter().rev().fold(0u128, |sum, &byte| sum << 8 | u128::from(byte));
        let chosen = if n.is_power_of_two() {
            number >> (bits - n.trailing_zeros() as usize)
        } else if bits == 64 {
            (number * n) >> 64
        } else {
            // Long multiplication by halves.
            let (upper, lower) = (number >> 64, number & u128::from(u64::MAX));
            (upper * n + ((lower * n) >> 64)) >> 64
        };
        (low + chosen.cast_signed()).to_le_bytes()[..size].to_vec()
    };
    let ne = |mut bytes: Vec<u8>| {
        if cfg!(target_endian = "big") {
            bytes.reverse();
        }
        bytes
    };
    words.chunks(word).flat_map(|word| ne(value(word))).collect()
}

#[test]
fn integers_are_those_of_the_document_with_every_kernel() {
    let cases: [(&str, i128, i128); 16] = [
        ("bool", 0, 2),
        ("bool", 1, 2),
        ("uint8", 0, 256),
        ("uint8", 10, 13),
        ("int8", -128, 128),
        ("int8", -3, 5),
        ("int8", -100, 101),
        ("uint16", 7, 60_000),
        ("int16", -30_000, 30_000),
        ("uint32", 0, (1 << 32) - 1),
        ("int32", -(1 << 31), 1 << 31),
        ("int32", -5, 1_000_000),
        ("int64", -7, 50_000),
        ("int64", i64::MIN.into(), i64::MAX.into()),
        ("uint64", 5, (1 << 40) + 7),
        ("uint64", 0, 1 << 64),
    ];
    for (kernel, (name, low, high)) in Kernel::available().into_iter().flat_map(|k| cases.map(|case| (k, case))) {
        let item: Item = name.parse().unwrap();
        let values = Values::integers(3, item, low, high).unwrap().with_kernel(kernel);
        for (first, count) in [(0, 0), (0, 1), (5, 3000), (1021, 70_000)] {
            let wanted = expected_integers(3, item.size(), low, high, first, count);
            assert!(filled(&values, first, count, 3) == wanted, "{name} {low} {high} {first} {count} {kernel:?}");
        }
    }
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn float64_values_are_those_of_the_document_with_every_kernel() {
    for (low, high) in [(0.0, 1.0), (-1.0, 1.0), (-8e307, 8e307), (1.0, 1.0 + 4.0 * f64::EPSILON), (-5e-324, 5e-324)] {
        let words = stream_bytes(4, 8 * 7, 8 * 5000);
        let value = |word: &[u8; 8]| {
            let m = (u64::from_le_bytes(*word) >> 11) as f64;
            let value: f64 = low + m * ((high - low) / 9_007_199_254_740_992.0);
            if value < high { value } else { f64::next_down(high) }.to_bits()
        };
        let wanted: Vec<u64> = words.as_chunks().0.iter().map(value).collect();
        for kernel in Kernel::available() {
            let values = Values::floats(4, Item::Float64, low, high).unwrap().with_kernel(kernel);
            let given = filled(&values, 7, 5000, 2);
            let given: Vec<u64> = given.as_chunks().0.iter().map(|&raw| u64::from_ne_bytes(raw)).collect();
            assert!(given == wanted, "{low} {high} {kernel:?}");
        }
    }
}

#[test]
fn small_floats_are_evenly_spread_and_below_the_bound() {
    for (item, precision, one) in [(Item::Float16, 11, 0x3c00), (Item::Bfloat16, 8, 0x3f80)] {
        let words = stream_bytes(5, 2 * 9, 2 * 60_000);
        let values = Values::floats(5, item, 0.0, 1.0).unwrap();
        let given = filled(&values, 9, 60_000, 2);
        let mut seen = std::collections::HashMap::new();
        for (raw, word) in given.as_chunks().0.iter().zip(words.as_chunks().0) {
            let (value, m) = (u16::from_ne_bytes(*raw), u16::from_le_bytes(*word) >> (16 - precision));
            assert!(value < one);
            assert_eq!(*seen.entry(m).or_insert(value), value);
        }
        assert_eq!(seen.len(), 1 << precision);
        let mut pairs: Vec<(u16, u16)> = seen.into_iter().collect();
        pairs.sort_unstable();
        assert!(pairs.is_sorted_by(|a, b| a.1 < b.1), "each is a value of its own");
    }
}

#[test]
fn float32_values_are_those_of_uniform() {
    let uniform = Uniform::new(6, -1.0, 3.0).unwrap();
    let mut wanted = vec![0; 4 * 1000];
    Work::draw(&uniform, 11, &mut wanted, 1).unwrap().finish();
    let values = Values::floats(6, Item::Float32, -1.0, 3.0).unwrap();
    assert!(filled(&values, 11, 1000, 1) == wanted);
}

#[test]
fn every_part_is_what_the_whole_has_there() {
    for name in NAMES {
        let item: Item = name.parse().unwrap();
        let values = if item.is_float() {
            Values::floats(8, item, -2.0, 7.0)
        } else {
            Values::integers(8, item, 0, if item == Item::Bool { 2 } else { 100 })
        };
        let values = values.unwrap();
        let whole = filled(&values, 0, 400_000, 4);
        assert!(whole == filled(&values, 0, 400_000, 1));
        for (first, count) in [(1, 1), (4095, 2), (131_071, 200_000)] {
            let size = item.size();
            let part = filled(&values, first, count, 3);
            let first = usize::try_from(first).unwrap();
            assert!(part == whole[first * size..(first + count) * size], "{name} {first} {count}");
        }
    }
}

#[test]
fn errors_name_the_value_and_the_range() {
    let message = |made: crate::Result<Values>| made.unwrap_err().to_string();
    for (item, low, high, begins) in [
        (Item::Float16, 0.0, 70_000.0, "high: 70000.0"),
        (Item::Float16, 1.0, 1.000_01, "high: 1.00001"),
        (Item::Bfloat16, f64::NEG_INFINITY, 1.0, "low: -inf"),
        (Item::Bfloat16, 1.0, 1.001, "high: 1.001"),
        (Item::Float32, 0.0, 1e39, "high: 1e39"),
        (Item::Float64, f64::NAN, 1.0, "low: NaN"),
        (Item::Float64, 2.0, 2.0, "high: 2.0"),
        (Item::Float64, -1e308, 1e308, "high: 1e308"),
    ] {
        let message = message(Values::floats(0, item, low, high));
        assert!(message.starts_with(begins) && message.contains("accepted: "), "{message}");
    }
    for (name, low, high, begins) in [
        ("int8", -129, 0, "low: -129"),
        ("int8", 0, 129, "high: 129"),
        ("uint8", 5, 5, "high: 5"),
        ("uint64", 0, (1 << 64) + 1, "high: 18446744073709551617"),
        ("bool", 0, 3, "high: 3"),
    ] {
        let message = message(Values::integers(0, name.parse().unwrap(), low, high));
        assert!(message.starts_with(begins) && message.contains("accepted: "), "{message}");
    }
    assert!("float8".parse::<Item>().is_err());
    let values = Values::floats(0, Item::Float64, 0.0, 1.0).unwrap();
    assert!(values.fill(0, &mut [0; 9], &Team::free(1)).is_err());
    for first in [1 << 60, u64::MAX] {
        let message = values.fill(first, &mut [0; 8], &Team::free(1)).unwrap_err().to_string();
        assert!(message.contains("2^60"), "{message}");
    }
}
