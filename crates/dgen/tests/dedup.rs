//! The dedup ratio is exact, in every prefix and in ranges anywhere.

mod common;

use std::collections::{HashMap, HashSet};

use common::{bytes, reference, stream};
use dgen::Stream;
use proptest::prelude::*;

const RATIOS: [(&str, u64, u64); 9] = [
    ("1", 1, 1),
    ("1.01", 101, 100),
    ("1.5", 3, 2),
    ("2", 2, 1),
    ("2.5", 5, 2),
    ("3", 3, 1),
    ("7.3", 73, 10),
    ("10", 10, 1),
    ("100", 100, 1),
];
const BLOCKS: [(&str, u64); 3] = [("4KiB", 4096), ("64KiB", 65_536), ("1MiB", 1 << 20)];

fn each_case(mut f: impl FnMut(&Stream, u64, u64, u64)) {
    for (ratio, p, q) in RATIOS {
        for (name, block) in BLOCKS {
            f(&stream(&format!("dgen1,seed=11,block={name},dedup={ratio}")), block, p, q);
        }
    }
}

/// The window in blocks, and the part of it that duplicates skip.
fn window(block: u64) -> (u64, u64) {
    (((64 << 20) / block).max(16), (8_u64 << 20).div_ceil(block))
}

#[test]
fn every_prefix_holds_exactly_the_asked_number_of_contents() {
    each_case(|stream, block, p, q| {
        let mut seen = HashSet::new();
        let (window, _) = window(block);
        for n in 0..(window * 4).max(2000) {
            seen.insert(stream.content_of_block(n));
            assert_eq!(seen.len() as u64, ((n + 1) * q).div_ceil(p), "{} blocks of {}", n + 1, stream.recipe());
            assert_eq!(stream.distinct_blocks(n + 1), seen.len() as u64);
        }
    });
}

#[test]
fn ranges_anywhere_hold_at_most_a_window_more() {
    each_case(|stream, block, p, q| {
        let (window, _) = window(block);
        for start in [0, 1, 17, 1000, window * 3, (1 << 40) / block, (1 << 55) / block, (1 << 62) / block] {
            let mut seen = HashSet::new();
            for n in 1..=5000 {
                seen.insert(stream.content_of_block(start + n - 1));
                assert!(
                    seen.len() as u64 <= (n * q).div_ceil(p) + window,
                    "{n} blocks from {start} of {}",
                    stream.recipe()
                );
            }
        }
    });
}

#[test]
fn no_duplicate_is_near_once_the_window_has_filled() {
    each_case(|stream, block, p, q| {
        let (window, skip) = window(block);
        let mut last = HashMap::new();
        let filled = window * p / q + 1;
        let mut copies = 0_u64;
        for n in 0..filled + 40_000 {
            if let Some(before) = last.insert(stream.content_of_block(n), n).filter(|_| n >= filled) {
                assert!(n - before >= skip, "block {n} repeats block {before} of {}", stream.recipe());
                copies += 1;
            }
        }
        assert!(p == q || copies > 0, "{} has no duplicates to look at", stream.recipe());
    });
}

#[test]
fn old_enough_contents_are_about_equally_likely() {
    for (ratio, allowed) in [("2", 0.2), ("3", 0.2), ("5", 0.2), ("9", 0.2), ("10", 0.2), ("73/10", 0.2), ("4/3", 0.55)]
    {
        let stream = stream(&format!("dgen1,seed=5,dedup={ratio}"));
        let (window, skip) = window(1 << 20);
        let mut ages = HashMap::new();
        let mut copies = 0_u32;
        for n in 10_000..210_000 {
            let age = stream.distinct_blocks(n) - stream.content_of_block(n).min(stream.distinct_blocks(n));
            if age > 0 {
                assert!(age > skip && age <= window, "age {age}");
                *ages.entry(age).or_insert(0_u32) += 1;
                copies += 1;
            }
        }
        let mean = f64::from(copies) / ages.len() as f64;
        assert_eq!(ages.len(), 48);
        for (age, count) in ages {
            assert!((f64::from(count) / mean - 1.0).abs() < allowed, "{ratio}: age {age}: {count} of {mean:.0}");
        }
    }
}

#[test]
fn any_fixed_block_that_divides_the_block_measures_the_ratio() {
    for (ratio, p, q) in [("2", 2, 1), ("2.5", 5, 2), ("3", 3, 1), ("7.3", 73, 10)] {
        for compress in ["1", "2", "4", "10"] {
            let stream = stream(&format!("dgen1,seed=3,block=64KiB,dedup={ratio},compress={compress}"));
            let blocks = 1460;
            let data = bytes(&stream, 0, blocks * 65_536);
            for unit in [512, 4096, 16_384, 65_536] {
                let distinct: HashSet<&[u8]> = data.chunks(unit).collect();
                let expected = (blocks * q).div_ceil(p) * (65_536 / unit);
                assert_eq!(distinct.len(), expected, "{unit} byte blocks of {}", stream.recipe());
            }
        }
    }
}

#[test]
fn blocks_with_equal_ids_are_equal_and_others_are_not() {
    let stream = stream("dgen1,seed=9,block=4KiB,dedup=3,compress=2,window=256KiB,skip=16KiB");
    let mut contents: HashMap<u64, Vec<u8>> = HashMap::new();
    for n in 0..3000 {
        let block = bytes(&stream, n * 4096, 4096);
        let id = stream.content_of_block(n);
        assert_eq!(contents.entry(id).or_insert_with(|| block.clone()), &block);
    }
    let distinct: HashSet<&Vec<u8>> = contents.values().collect();
    assert_eq!(distinct.len(), contents.len());
}

/// With dedup 1 nothing repeats, down to sectors: 64 MiB of every ratio and texture.
#[test]
fn no_sector_repeats_unasked() {
    for compress in
        ["1", "1.001", "1.25", "1.5", "2", "2.5", "3", "3.5", "4", "5", "6", "8", "10", "11", "13", "15", "17", "20"]
    {
        for texture in ["repeat", "zeros"] {
            assert_no_sector_repeats(&format!("dgen1,seed=8,compress={compress},texture={texture}"), 64 << 20);
        }
    }
}

/// The same in a gibibyte, for ratios of each shape of page.
#[test]
fn no_sector_repeats_in_a_gibibyte() {
    for compress in ["1", "1.3", "4", "10", "20"] {
        assert_no_sector_repeats(&format!("dgen1,seed=9,compress={compress}"), 1 << 30);
    }
}

fn assert_no_sector_repeats(recipe: &str, size: usize) {
    const PIECE: usize = 16 << 20;
    let stream = stream(recipe);
    let mut sectors: Vec<u128> = Vec::with_capacity(size / 512);
    for offset in (0..size).step_by(PIECE) {
        sectors.extend(bytes(&stream, offset as u64, PIECE).chunks(512).map(digest));
    }
    sectors.sort_unstable();
    assert!(sectors.windows(2).all(|pair| pair[0] != pair[1]), "{recipe}");
}

/// A hash of a sector, wide enough that collisions do not happen.
fn digest(sector: &[u8]) -> u128 {
    sector.as_chunks::<16>().0.iter().fold(0x1234_5678_9abc_def1, |hash: u128, unit| {
        (hash ^ u128::from_le_bytes(*unit)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b).rotate_left(59)
    })
}

proptest! {
    #![proptest_config(common::cases(500))]

    #[test]
    fn the_plan_is_that_of_the_reference(num in 1_u64..5000, den in 1_u64..5000, block in 1_u64..300, at in 0_u64..(1 << 50), seed: u64) {
        let recipe = format!("dgen1,seed={seed},block={},dedup={}/{den}", block * 4096, num + den);
        let (fast, slow) = (stream(&recipe), reference(&recipe));
        let at = at.min((1 << 62) / (block * 4096));
        for n in (0..40).chain(at..at + 40) {
            prop_assert_eq!(fast.content_of_block(n), slow.content_of_block(n));
            prop_assert_eq!(fast.distinct_blocks(n), slow.distinct(n));
        }
    }
}
