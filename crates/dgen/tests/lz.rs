//! `texture=lz`: what it costs is what the table says, and it is to real compressors what its document says.

mod common;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::codecs::{C_ZLIB, Compressor, LZ4, SNAPPY, ZSTD_1, ZSTD_3, measured, sequences};
use common::{bytes, stream};
use dgen_spec::Tune;

const TUNES: [(Tune, Compressor); 3] = [(Tune::Lz4, LZ4), (Tune::Zstd, ZSTD_3), (Tune::Zlib, C_ZLIB)];
const PAGE: usize = 4096;
/// The compressor's block that the table is computed for.
const BLOCK: usize = 131_072;

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dgen-spec/lz-v1.csv")
}

/// What a page of a row costs a compressor, in sixteenths of a byte: over pages of several streams.
fn cost(row: &dgen_spec::Pieces, compressor: Compressor, seeds: u64, size: usize) -> f64 {
    let mut total = 0;
    for seed in 0..seeds {
        let text = format!("dgen1,seed={seed}");
        let symbols = dgen_spec::symbols(&text);
        let mut data = bytes(&stream(&text), 0, size);
        for (page, n) in data.as_chunks_mut::<PAGE>().0.iter_mut().zip(0..) {
            *page = row.page(page, &symbols, n);
        }
        total += data.chunks(BLOCK).map(compressor).sum::<usize>();
    }
    16.0 * total as f64 / (seeds as f64 * (size / PAGE) as f64)
}

/// Computes the table's costs anew with `UPDATE_COSTS=1`, for all rows; else looks at some of them.
#[test]
fn costs_are_those_of_the_compressors() {
    let update = std::env::var_os("UPDATE_COSTS").is_some();
    let (seeds, size, every) = if update { (8, 4 << 20, 1) } else { (3, 1 << 20, 7) };
    let text = std::fs::read_to_string(table()).unwrap();
    let mut written = format!("{}\n", text.lines().next().unwrap());
    for (tune, compressor) in TUNES {
        for (index, line) in text.lines().filter(|line| line.starts_with(&format!("{},", tune.name()))).enumerate() {
            if index % every != 0 {
                continue;
            }
            let fields: Vec<&str> = line.split(',').collect();
            let row = dgen_spec::Pieces::parse(fields[2], fields[3], fields[4], fields[5]);
            let found = cost(&row, compressor, seeds, size);
            let stated: f64 = fields[1].parse().unwrap();
            assert!(update || (found / stated - 1.0).abs() < 0.006, "{} {index}: {stated}, not {found}", tune.name());
            writeln!(written, "{},{},{}", tune.name(), found.round(), fields[2..].join(",")).unwrap();
        }
    }
    if update {
        std::fs::write(table(), written).unwrap();
    }
}

/// Ratios that a tuning has, from its lowest to its highest.
fn ratios(tune: Tune) -> &'static [&'static str] {
    match tune {
        Tune::Lz4 => &["1.1", "1.25", "1.5", "2", "2.5", "3", "3.5", "3.9"],
        Tune::Zstd => &["1.5", "1.75", "2", "2.5", "3", "4", "5", "5.9"],
        _ => &["1.5", "1.75", "2", "2.5", "3", "4", "5", "6.5"],
    }
}

fn recipe(seed: u64, tune: Tune, ratio: &str) -> String {
    format!("dgen1,seed={seed},compress={ratio},texture=lz,tune={}", tune.name())
}

fn sample(recipe: &str) -> Vec<u8> {
    bytes(&stream(recipe), 7 << 30, 4 << 20)
}

#[test]
fn the_tuned_compressor_is_within_a_hundredth_and_within_two_at_a_page() {
    for (tune, compressor) in TUNES {
        for ratio in ratios(tune) {
            let asked: f64 = ratio.parse().unwrap();
            let data = sample(&recipe(91, tune, ratio));
            for (block, allowed) in [(BLOCK, 0.01), (PAGE, 0.02)] {
                let got = measured(&data, block, compressor);
                assert!((got / asked - 1.0).abs() <= allowed, "{} {asked} at {block}: {got:.4}", tune.name());
            }
        }
    }
}

#[test]
fn spread_pages_have_the_ratio_together() {
    for (tune, compressor) in TUNES {
        for ratio in ratios(tune) {
            let asked: f64 = ratio.parse().unwrap();
            for spread in ["0.3", "1"] {
                let data = sample(&format!("{},spread={spread}", recipe(93, tune, ratio)));
                for (block, allowed) in [(BLOCK, 0.02), (PAGE, 0.02)] {
                    let got = measured(&data, block, compressor);
                    let name = tune.name();
                    assert!((got / asked - 1.0).abs() <= allowed, "{name} {asked}, {spread} at {block}: {got:.4}");
                }
            }
        }
    }
}

/// The ratios of several compressors, as a line of the table in the document.
fn others(tune: Tune, ratio: &str) -> Vec<f64> {
    const ZSTD_19: Compressor = |block| zstd::bulk::compress(block, 19).expect("memory suffices").len();
    let data = sample(&recipe(92, tune, ratio));
    let slow = measured(&data[..1 << 20], BLOCK, ZSTD_19);
    let mut found: Vec<f64> =
        [LZ4, SNAPPY, ZSTD_1, ZSTD_3, C_ZLIB].iter().map(|codec| measured(&data, BLOCK, *codec)).collect();
    found.insert(4, slow);
    found
}

/// The table of other compressors in the document; with `UPDATE_COSTS=1` it is written.
#[test]
fn the_document_tabulates_other_compressors() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FORMAT.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let heading = "| asked | LZ4 | Snappy | zstd 1 | zstd 3 | zstd 19 | zlib 6 |\n|---|---|---|---|---|---|---|\n";
    let (before, rest) = document.split_once(heading).expect("the document has the table");
    let after = rest.find("\n\n").map(|end| &rest[end + 1..]).unwrap();
    let update = std::env::var_os("UPDATE_COSTS").is_some();
    let mut table = String::new();
    for (tune, _) in TUNES {
        for (index, ratio) in ratios(tune).iter().enumerate() {
            let name = format!("| `{}` {ratio} |", tune.name());
            if update {
                let found = others(tune, ratio);
                let columns: Vec<String> = found.iter().map(|ratio| format!("{ratio:.2}")).collect();
                writeln!(table, "{name} {} |", columns.join(" | ")).unwrap();
            } else if index % 4 == 2 {
                let line = rest.lines().find(|line| line.starts_with(&name)).expect("the table has the line");
                let stated: Vec<f64> = line.split('|').skip(2).filter_map(|text| text.trim().parse().ok()).collect();
                let found = others(tune, ratio);
                assert_eq!(stated.len(), found.len());
                let near = stated.iter().zip(&found).all(|(x, y)| (x / y - 1.0).abs() < 0.02);
                assert!(near, "{line} {found:.2?}");
            }
        }
    }
    if update {
        std::fs::write(path, format!("{before}{heading}{table}{after}")).unwrap();
    }
}

/// What btrfs makes of a sample, 16 bytes of every 256: how many values there are of bytes, how many make nine tenths of
/// it, and its entropy in bits.
fn sampled(data: &[u8]) -> (usize, usize, f64) {
    let mut counts = [0_usize; 256];
    let sample = data.chunks(256).flat_map(|part| &part[..16]);
    sample.for_each(|&byte| counts[usize::from(byte)] += 1);
    counts.sort_unstable_by_key(|&count| std::cmp::Reverse(count));
    let total: usize = counts.iter().sum();
    let entropy = |&count: &usize| {
        let share = count as f64 / total as f64;
        -share * share.log2()
    };
    let sums = counts.iter().scan(0, |sum, &count| {
        *sum += count;
        Some(*sum)
    });
    let core = 1 + sums.take_while(|sum| *sum < total * 9 / 10).count();
    let used = counts.iter().filter(|&&count| count > 0);
    (used.clone().count(), core, used.map(entropy).sum())
}

#[test]
fn samplers_of_bytes_see_data_that_compresses() {
    for (tune, _) in TUNES {
        for ratio in ratios(tune) {
            for extent in sample(&recipe(93, tune, ratio)).chunks(BLOCK) {
                let (_, core, entropy) = sampled(extent);
                // Fewer than 64 values make nine tenths, or there are less than 6.4 bits, 80 % of 8.
                assert!(core <= 64 || entropy < 6.4, "{} {ratio}: {core}, {entropy:.2}", tune.name());
            }
        }
    }
}

#[test]
fn compressors_work_as_they_do_on_real_data() {
    for (tune, _) in TUNES {
        for ratio in ["2", "2.5", "3", "3.5"] {
            let data = sample(&recipe(94, tune, ratio));
            let (count, literals) =
                data.chunks(65_536).map(sequences).fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
            let each_kib = count as f64 / (data.len() >> 10) as f64;
            assert!((50.0..78.0).contains(&each_kib), "{} {ratio}: {each_kib:.1} sequences a KiB", tune.name());
            let run = literals as f64 / count as f64;
            assert!((1.5..9.0).contains(&run), "{} {ratio}: runs of {run:.1} literals", tune.name());
            let high = lz4::block::CompressionMode::HIGHCOMPRESSION(9);
            let best: usize =
                data.chunks(BLOCK).map(|block| lz4::block::compress(block, Some(high), false).unwrap().len()).sum();
            let gain = data.len() as f64 / best as f64 / measured(&data, BLOCK, LZ4);
            assert!(gain > 1.03, "{} {ratio}: lz4 -9 gains {gain:.2}", tune.name());
        }
    }
}

#[test]
fn sectors_differ_at_every_ratio() {
    for (tune, _) in TUNES {
        for ratio in ratios(tune) {
            let data = sample(&recipe(95, tune, ratio));
            let distinct: HashSet<&[u8]> = data.chunks(512).collect();
            assert_eq!(distinct.len(), data.len() / 512, "{} {ratio}", tune.name());
        }
    }
}

#[test]
fn other_seeds_have_other_pages_and_alphabets() {
    let pages = |seed| -> HashSet<Vec<u8>> {
        sample(&recipe(seed, Tune::Lz4, "3")).windows(16).step_by(3).map(<[u8]>::to_vec).collect()
    };
    let (ours, theirs) = (pages(96), pages(97));
    assert_eq!(ours.intersection(&theirs).count(), 0);
}

#[test]
fn a_stream_of_another_seed_has_that_seeds_alphabet() {
    let first = stream(&recipe(1, Tune::Zstd, "3"));
    assert_eq!(bytes(&first.reseeded(2), 0, 65_536), bytes(&stream(&recipe(2, Tune::Zstd, "3")), 0, 65_536));
}

#[test]
fn what_cannot_be_had_is_refused_with_what_can() {
    for (text, parts) in [
        ("compress=2", ["`any`", "lz4, zstd or zlib"]),
        ("compress=2,tune=snappy", ["`snappy`", "lz4, zstd or zlib"]),
        ("compress=1.1,tune=zstd", ["11/10", "texture=lz and tune=zstd"]),
        ("compress=5,tune=lz4", ["5", "texture=lz and tune=lz4"]),
    ] {
        let message = format!("dgen1,seed=1,texture=lz,{text}").parse::<dgen::Recipe>().unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}
