//! Unrelated seeds, and recipes that differ in anything, give unrelated data.

mod common;

use std::collections::HashSet;

use common::{bytes, stream};
use dgen::Recipe;

#[test]
fn neighbouring_seeds_share_no_sector() {
    let mut seen = HashSet::new();
    for seed in 1000..=2000 {
        for sector in bytes(&stream(&format!("dgen1,seed={seed}")), 0, 128 << 10).chunks(512) {
            assert!(seen.insert(<[u8; 16]>::try_from(&sector[16..32]).unwrap()), "seed {seed}");
        }
    }
    assert_eq!(seen.len(), 1001 * 256);
}

#[test]
fn neighbouring_seeds_share_no_block_with_dedup_and_compression() {
    let mut seen = HashSet::new();
    let mut total = 0;
    for seed in 0..=1000 {
        let data = bytes(&stream(&format!("dgen1,seed={seed},block=4KiB,dedup=2,compress=2")), 0, 64 << 10);
        let own: HashSet<&[u8]> = data.chunks(4096).collect();
        assert_eq!(own.len(), 8);
        total += own.len();
        seen.extend(own.into_iter().map(<[u8]>::to_vec));
    }
    assert_eq!(seen.len(), total);
}

#[test]
fn any_difference_in_the_recipe_changes_everything() {
    let texts = [
        "dgen1,seed=5",
        "dgen1,seed=6",
        "dgen1,seed=5,block=4KiB",
        "dgen1,seed=5,dedup=2",
        "dgen1,seed=5,compress=1.001",
        "dgen1,seed=5,window=65MiB",
        "dgen1,seed=5,skip=7MiB",
        "dgen1,seed=5,texture=zeros",
        "dgen1,seed=5,tune=lz4",
        "dgen1,seed=5,texture=lz,tune=lz4",
        "dgen1,seed=5,compress=2,texture=lz,tune=lz4",
        "dgen1,seed=5,compress=2,texture=lz,tune=zlib",
        "dgen1,seed=5,texture=text,tune=lz4",
        "dgen1,seed=5,compress=2,texture=text,tune=lz4",
        "dgen1,seed=5,compress=2,texture=text,tune=zstd",
    ];
    let starts: HashSet<Vec<u8>> = texts.iter().map(|text| bytes(&stream(text), 0, 16)).collect();
    assert_eq!(starts.len(), texts.len());
}

#[test]
fn an_unseeded_recipe_reports_its_seed_and_repeats() {
    let first = Recipe::builder().build().unwrap();
    let second = Recipe::builder().build().unwrap();
    assert_ne!(first.seed(), second.seed());
    let again: Recipe = first.to_string().parse().unwrap();
    assert_eq!(bytes(&stream(&first.to_string()), 0, 8192), bytes(&dgen::Stream::new(&again).unwrap(), 0, 8192));
}
