//! What chunkers find of generated duplicates, against what `Recipe::chunked_share` expects.

mod common;

use common::{dedup_only, measured};
use dgen::{Recipe, Stream};
use dgen_measure::{Chunker, MeasureOptions};

/// Expected shares, and those of chunkers on the first bytes of a recipe's stream.
fn shares(text: &str, chunkers: &[&str]) -> Vec<(f64, f64)> {
    let recipe: Recipe = text.parse().unwrap();
    let mut bytes = vec![0; 48 << 20];
    Stream::new(&recipe).unwrap().fill_at(0, &mut bytes).unwrap();
    let parsed: Vec<Chunker> = chunkers.iter().map(|name| name.parse().unwrap()).collect();
    let options = MeasureOptions { chunkers: parsed.clone(), ..dedup_only(&[recipe.block_size()]) };
    let report = measured(&[&bytes], &options);
    let blocks = report.dedup[&recipe.block_size()];
    let duplicates = (blocks.total - blocks.distinct) as f64 / blocks.total as f64;
    let found = |chunker: &Chunker| {
        let chunks = &report.chunks[chunker.name()];
        let share = (1.0 - chunks.distinct_bytes as f64 / bytes.len() as f64) / duplicates;
        (recipe.chunked_share(chunker.min(), chunker.avg(), chunker.max()), share)
    };
    parsed.iter().map(found).collect()
}

/// The proportions of borg, restic, kopia, zpaq and bup, and edges alone; means of about 2 KiB.
const SCALED: [&str; 6] =
    ["512:2KiB:8KiB", "1KiB:2KiB:16KiB", "1KiB:2KiB:4KiB", "128:2KiB:16KiB", "64:2KiB:8KiB", "64:2KiB:64KiB"];

#[test]
fn chunkers_find_the_share_that_is_expected() {
    for (dedup, tolerance) in [("2", 0.03), ("4", 0.09)] {
        for block in ["4KiB", "8KiB", "16KiB", "32KiB", "128KiB"] {
            let text = format!("dgen1,seed=0x1f,block={block},dedup={dedup},window=8MiB,skip=1MiB");
            for (chunker, (expected, found)) in SCALED.iter().zip(shares(&text, &SCALED)) {
                let said = format!("{text} {chunker}: expected {expected:.3}, found {found:.3}");
                assert!((-0.03..tolerance).contains(&(found - expected)), "{said}");
            }
        }
    }
}

#[test]
fn chunkers_find_more_of_runs() {
    for recipe in ["dedup=2,runs=4", "dedup=3,runs=8-24", "dedup=3/2,runs=16"] {
        let text = format!("dgen1,seed=0x1f,block=4KiB,{recipe},window=8MiB,skip=1MiB");
        for (chunker, (expected, found)) in SCALED.iter().zip(shares(&text, &SCALED)) {
            assert!((expected - found).abs() < 0.06, "{text} {chunker}: expected {expected:.3}, found {found:.3}");
        }
    }
}
