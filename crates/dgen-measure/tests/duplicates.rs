//! The table of docs/DUPLICATES.md, what is found of generated duplicates: measured again, some rows each time.
//!
//! `UPDATE_DUPLICATES=1 cargo nextest run -p dgen-measure --test duplicates` writes the page.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dgen::{Recipe, Stream};
use dgen_measure::{Chunker, Input, MeasureOptions, Watch, measure};

/// Dedup ratios.
const DEDUPS: [&str; 4] = ["3/2", "2", "4", "10"];

/// How many chunks blocks have, and blocks.
const BLOCKS: [(u64, &str); 4] = [(1, "4KiB"), (4, "16KiB"), (16, "64KiB"), (64, "256KiB")];

/// How duplicates lie. A window of 16 MiB holds 64 of the largest blocks.
const LIES: [&str; 5] = ["reuse=uniform", "reuse=recent:4MiB", "reuse=zipf:1", "reuse=fixed", "runs=2-6"];

/// Chunkers in the proportions of tools, scaled so that chunks have about 4 KiB.
const CHUNKERS: [&str; 4] = ["64:4KiB:16KiB", "256:4KiB:32KiB", "1KiB:4KiB:16KiB", "1KiB:2KiB:16KiB"];

/// Bytes of which a row is measured.
const BYTES: usize = 64 << 20;

/// One row in so many is measured again by the test.
const CHECKED: usize = 17;

const HEAD: &str = "\
# What is found of duplicates

Dedup ratios that are measured on generated data, for each dedup ratio asked: by fixed blocks of the recipe's block, and by
content-defined chunkers (`docs/MEASURE.md`) with the proportions of tools and chunks of about 4 KiB; behind each, what
`Recipe::chunked_ratio` expects. What a chunker finds depends on how many of its chunks a block takes, so the table holds for
other sizes in proportion: restic's chunks have 1.5 MiB in the mean, and blocks of 6 MiB are 4 chunks to it. What is expected
holds for duplicates whose neighbours are always others. In a small window, or where few contents are copied far more often
than the rest (`recent`, `zipf`), the same neighbours meet again and more is found, up to the double and more at a dedup ratio of 10;
of runs whose lengths differ, up to a sixth less. Fixed blocks find the ratio asked but for the last few of 64 MiB.

Of the first 64 MiB of `dgen1,seed=0x1,window=16MiB,skip=1MiB` with the values of the row. `tests/duplicates.rs` of the
crate `dgen-measure` writes this page and measures rows of it again.

| dedup | block / 4 KiB | duplicates | fixed blocks | bup | zpaq | borg, casync | restic |
|---|---|---|---|---|---|---|---|
";

#[derive(Clone, Copy, Debug)]
struct Row {
    dedup: &'static str,
    chunks: u64,
    block: &'static str,
    lie: &'static str,
}

/// All rows, in order.
fn rows() -> Vec<Row> {
    let with = |dedup, (chunks, block)| LIES.map(|lie| Row { dedup, chunks, block, lie });
    DEDUPS.into_iter().flat_map(|dedup| BLOCKS.into_iter().flat_map(move |block| with(dedup, block))).collect()
}

/// The row's line.
fn line(row: &Row) -> String {
    let Row { dedup, chunks, block, lie } = *row;
    let text = format!("dgen1,seed=1,block={block},dedup={dedup},window=16MiB,skip=1MiB,{lie}");
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

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/DUPLICATES.md")
}

#[test]
fn the_page_has_what_is_measured() {
    let rows = rows();
    if std::env::var_os("UPDATE_DUPLICATES").is_some() {
        let lines: String = rows.iter().map(|row| line(row) + "\n").collect();
        fs::write(page(), HEAD.to_owned() + &lines).unwrap();
    }
    let text = fs::read_to_string(page()).unwrap();
    let lines: Vec<&str> = text.strip_prefix(HEAD).expect("the head is as in the test").lines().collect();
    assert_eq!(lines.len(), rows.len());
    for (row, there) in rows.iter().zip(lines).step_by(CHECKED) {
        assert_eq!(line(row), there);
    }
}
