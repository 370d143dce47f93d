//! The table of docs/DUPLICATES.md: its cases, and what is measured of one.

use std::fmt::Write as _;

use dgen::{Recipe, Stream};
use dgen_measure::{Chunker, Input, MeasureOptions, Watch, measure};

/// Dedup ratios.
const DEDUPS: [&str; 4] = ["3/2", "2", "4", "10"];

/// Blocks, and how many times 4 KiB they are.
const BLOCKS: [(u64, &str); 4] = [(1, "4KiB"), (4, "16KiB"), (16, "64KiB"), (64, "256KiB")];

/// How duplicates lie. A window of 16 MiB holds 64 of the largest blocks.
const LIES: [&str; 5] = ["uniform", "reuse=recent:4MiB", "reuse=zipf:1", "reuse=fixed", "runs=2-6"];

/// Chunkers in the proportions of tools, scaled so that chunks have about 4 KiB.
const CHUNKERS: [&str; 4] = ["64:4KiB:16KiB", "256:4KiB:32KiB", "1KiB:4KiB:16KiB", "1KiB:2KiB:16KiB"];

/// Bytes of which the table is made.
const BYTES: usize = 64 << 20;

/// What stands above the rows.
pub(crate) const HEAD: &str = "\
# What is found of duplicates

Dedup ratios that are measured on generated data, for each dedup ratio asked: by fixed blocks of the recipe's block, and by
content-defined chunkers (`docs/MEASURE.md`) with the proportions of tools and chunks of about 4 KiB; behind each, what
`Recipe::chunked_ratio` expects. What a chunker finds depends on how many of its chunks a block takes, so the table holds for
other sizes in proportion: restic's chunks have 1.5 MiB in the mean, and blocks of 6 MiB are 4 chunks to it. Of the first
64 MiB of `dgen1,seed=0x1,window=16MiB,skip=1MiB` with the values of the row. `cargo run --release -p dgen-measure --example
duplicates` writes this page, and a test measures some of its rows again.

| dedup | block / 4 KiB | duplicates | fixed blocks | bup | zpaq | borg, casync | restic |
|---|---|---|---|---|---|---|---|
";

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    dedup: &'static str,
    chunks: u64,
    block: &'static str,
    lie: &'static str,
}

/// All rows, in order.
pub(crate) fn cases() -> Vec<Case> {
    let with = |dedup, (chunks, block)| LIES.map(|lie| Case { dedup, chunks, block, lie });
    DEDUPS.into_iter().flat_map(|dedup| BLOCKS.into_iter().flat_map(move |block| with(dedup, block))).collect()
}

/// A row as it stands in the page.
pub(crate) fn row(case: &Case) -> String {
    let Case { dedup, chunks, block, lie } = *case;
    let how = if lie == "uniform" { String::new() } else { format!(",{lie}") };
    let text = format!("dgen1,seed=1,block={block},dedup={dedup},window=16MiB,skip=1MiB{how}");
    let recipe: Recipe = text.parse().expect("a recipe");
    let mut bytes = vec![0; BYTES];
    Stream::new(&recipe).and_then(|stream| stream.fill_at(0, &mut bytes)).expect("a stream");
    let chunkers: Vec<Chunker> = CHUNKERS.iter().map(|name| name.parse().expect("a chunker")).collect();
    let options = MeasureOptions {
        dedup_blocks: vec![recipe.block_size()],
        codecs: vec![],
        entropy: false,
        chunkers: chunkers.clone(),
        ..MeasureOptions::default()
    };
    let report = measure(vec![Input::Bytes(&bytes)], &options, Watch::default()).expect("measured");
    let mut line = format!("| {dedup} | {chunks} | `{lie}` | {:.3} |", report.dedup[&recipe.block_size()].ratio);
    for chunker in &chunkers {
        let expected = recipe.chunked_ratio(chunker.min(), chunker.avg(), chunker.max());
        write!(line, " {:.2} ({expected:.2}) |", report.chunks[chunker.name()].ratio).expect("text grows");
    }
    line
}
