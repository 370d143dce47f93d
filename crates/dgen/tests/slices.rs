//! A window chosen so that slices have the dedup ratio, too.

use std::collections::HashSet;

use dgen::{Early, Ratio, Recipe, RecipeBuilder, Runs, Share, Stream};

const BLOCK: u64 = 1 << 16;

fn builder(dedup: &str) -> RecipeBuilder {
    Recipe::builder().seed(5).block_size(BLOCK).dedup(Ratio::parse("dedup", dedup, 1000).unwrap())
}

fn share(text: &str) -> Share {
    Share::parse("tolerance", text).unwrap()
}

/// Distinct contents of the `n` blocks from `start` on.
fn distinct(stream: &Stream, start: u64, n: u64) -> usize {
    (start..start + n).map(|i| stream.content_of_block(i)).collect::<HashSet<_>>().len()
}

#[test]
fn each_slice_has_the_ratio() {
    let runs = |text: &str| text.parse::<Runs>().unwrap();
    for (dedup, ratio) in [("1.1", 1.1), ("3/2", 1.5), ("2", 2.0), ("5", 5.0)] {
        for (size, tolerance) in [(2000, "0.05"), (6000, "0.05"), (2000, "1/10"), (300, "1/2"), (30_000, "0.01")] {
            for runs in [runs("1"), runs("2-5")] {
                let asked = builder(dedup).runs(runs).slices(size * BLOCK, share(tolerance));
                let Ok(recipe) = asked.build() else {
                    // Only where even the smallest window is too large.
                    let spare = size as f64 / ratio * share(tolerance).as_f64();
                    assert!(spare < if runs == Runs::ONE { 20.0 } else { 300.0 }, "{dedup} {size} {tolerance} {runs}");
                    continue;
                };
                let stream = Stream::new(&recipe).unwrap();
                for start in [0, 1, size - 1, 5 * size + 17, 1 << 40] {
                    let found = size as f64 / distinct(&stream, start, size) as f64 / ratio;
                    let off = share(tolerance).as_f64();
                    assert!((1.0 - off..1.0 + off).contains(&found), "{recipe}, {size} blocks at {start}: {found}");
                }
            }
        }
    }
}

#[test]
fn a_default_window_that_is_small_enough_stays() {
    let recipe = |size: u64| builder("2").slices(size, share("0.05")).build().unwrap();
    assert_eq!(recipe(1 << 40).to_string(), "dgen1,seed=0x5,block=64KiB,dedup=2");
    assert_eq!(recipe(1 << 30).to_string(), "dgen1,seed=0x5,block=64KiB,dedup=2,window=27584KiB,skip=6848KiB");
    let alone = builder("1").slices(1, share("0.05")).build().unwrap();
    assert_eq!(alone.to_string(), "dgen1,seed=0x5,block=64KiB");
}

#[test]
fn the_distinct_blocks_of_a_slice_are_about_as_many_as_expected() {
    for (text, d) in [("dedup=2", 2.0), ("dedup=4", 4.0), ("dedup=3/2", 1.5)] {
        let recipe: Recipe = format!("dgen1,seed=3,{text},window=512MiB,skip=16MiB").parse().unwrap();
        let (n, stream) = (8192, Stream::new(&recipe).unwrap());
        let k: f64 = d - 1.0;
        let (skip, pool) = (16.0, 480.0);
        let expected = skip * (1.0 - (-k).exp()) + pool * (1.0 - (1.0 - (-k).exp()) / k);
        let starts = (1..=20).map(|number| number * 100_003);
        let mean = starts.map(|start| distinct(&stream, start, n) as f64).sum::<f64>() / 20.0 - n as f64 / d;
        assert!((mean / expected - 1.0).abs() < 0.1, "{text}: {mean} instead of {expected}");
    }
}

#[test]
fn what_cannot_be_had_is_refused() {
    let refused = |builder: RecipeBuilder| builder.build().unwrap_err().to_string();
    let small = refused(builder("2").slices(1 << 20, share("0.05")));
    assert!(small.contains("slice: 1MiB") && small.contains("or more for blocks of 64KiB"), "{small}");
    // What is named is enough.
    let named = small.split("accepted: ").nth(1).unwrap().split(' ').next().unwrap();
    let size = dgen::units::parse_size("slice", named).unwrap();
    builder("2").slices(size, share("0.05")).build().unwrap();
    assert!(refused(builder("2").slices(1 << 40, share("0"))).contains("tolerance above 0"));
    assert!(refused(builder("2").slices(1 << 40, share("0.6"))).contains("up to 1/2"));
    assert!(refused(builder("2").early(Early::Apart).slices(1 << 40, share("0.1"))).contains("early=exact"));
    assert!(refused(builder("2").window(1 << 20).slices(1 << 40, share("0.1"))).contains("window"));
}
