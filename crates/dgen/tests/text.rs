//! `texture=text`: what it costs is what the table says, and it looks to people and compressors as its document says.

mod common;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::codecs::{C_ZLIB, Compressor, LZ4, SNAPPY, ZSTD_1, ZSTD_3, measured, sequences};
use common::{bytes, stream};
use dgen_spec::Tune;

const TUNES: [(Tune, Compressor); 3] = [(Tune::Lz4, LZ4), (Tune::Zstd, ZSTD_3), (Tune::Zlib, C_ZLIB)];
const PAGE: usize = 4096;
const BLOCK: usize = 131_072;
const TAG: usize = 16;

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dgen-spec/text-v1.csv")
}

/// What a page of a row costs a compressor, in sixteenths of a byte, over pages of several streams: two thirds of what it
/// costs in blocks of 128 KiB, and one of what it costs alone.
fn cost(row: &dgen_spec::Text, compressor: Compressor, seeds: u64, size: usize) -> f64 {
    let (mut large, mut small) = (0, 0);
    for seed in 0..seeds {
        let text = format!("dgen1,seed={seed}");
        let letters = dgen_spec::letters(&text);
        let mut data = bytes(&stream(&text), 0, size);
        for (page, n) in data.as_chunks_mut::<PAGE>().0.iter_mut().zip(0..) {
            *page = row.page(page, &letters, n);
        }
        large += data.chunks(BLOCK).map(compressor).sum::<usize>();
        small += data.chunks(PAGE).map(compressor).sum::<usize>();
    }
    16.0 * (2 * large + small) as f64 / 3.0 / (seeds as f64 * (size / PAGE) as f64)
}

/// Computes the table's costs anew with `UPDATE_COSTS=1`, for all rows; else looks at some of them.
#[test]
fn costs_are_those_of_the_compressors() {
    let update = std::env::var_os("UPDATE_COSTS").is_some();
    let (seeds, size, every) = if update { (8, 2 << 20, 1) } else { (3, 1 << 20, 5) };
    let text = std::fs::read_to_string(table()).unwrap();
    let mut written = format!("{}\n", text.lines().next().unwrap());
    for (tune, compressor) in TUNES {
        for (index, line) in text.lines().filter(|line| line.starts_with(&format!("{},", tune.name()))).enumerate() {
            if index % every != 0 {
                continue;
            }
            let fields: Vec<&str> = line.splitn(3, ',').collect();
            let row = dgen_spec::Text::parse(fields[2]);
            let found = cost(&row, compressor, seeds, size);
            let stated: f64 = fields[1].parse().unwrap();
            assert!(update || (found / stated - 1.0).abs() < 0.006, "{} {index}: {stated}, not {found}", tune.name());
            writeln!(written, "{},{},{}", tune.name(), found.round(), fields[2]).unwrap();
        }
    }
    if update {
        std::fs::write(table(), written).unwrap();
    }
}

/// Ratios that a tuning has, from its lowest to its highest.
fn ratios(tune: Tune) -> &'static [&'static str] {
    match tune {
        Tune::Lz4 => &["1.3", "1.5", "1.75", "2", "2.25", "2.5", "2.65"],
        Tune::Zstd => &["1.95", "2.1", "2.25", "2.5", "2.75", "3", "3.25", "3.5"],
        _ => &["2.1", "2.25", "2.5", "2.75", "3", "3.25", "3.5"],
    }
}

fn recipe(seed: u64, tune: Tune, ratio: &str) -> String {
    format!("dgen1,seed={seed},compress={ratio},texture=text,tune={}", tune.name())
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
                for block in [BLOCK, PAGE] {
                    let got = measured(&data, block, compressor);
                    let name = tune.name();
                    assert!((got / asked - 1.0).abs() <= 0.02, "{name} {asked}, {spread} at {block}: {got:.4}");
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
    let heading =
        "| asked of `text` | LZ4 | Snappy | zstd 1 | zstd 3 | zstd 19 | zlib 6 |\n|---|---|---|---|---|---|---|\n";
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

#[test]
fn pages_are_lines_of_words_behind_their_tags() {
    for (tune, _) in TUNES {
        for ratio in ratios(tune) {
            let data = sample(&recipe(94, tune, ratio));
            let (mut words, mut letters, mut lines, mut large, mut digits, mut total) = (0, 0, 0, 0, 0, 0);
            for page in data.as_chunks::<PAGE>().0 {
                let text = &page[TAG..];
                assert!(
                    text.iter().all(|&byte| byte == b'\n' || (b' '..=b'~').contains(&byte)),
                    "{} {ratio}",
                    tune.name()
                );
                assert!(text.starts_with(b"\n") && text.ends_with(b"\n"));
                let text = std::str::from_utf8(text).expect("it is ASCII");
                words += text.split_whitespace().count();
                lines += text.lines().count();
                letters += text.bytes().filter(u8::is_ascii_alphanumeric).count();
                large += text.bytes().filter(u8::is_ascii_uppercase).count();
                digits += text.bytes().filter(u8::is_ascii_digit).count();
                total += text.len();
            }
            let name = format!("{} {ratio}", tune.name());
            let (length, line) = (letters as f64 / words as f64, total as f64 / lines as f64);
            assert!((3.0..6.5).contains(&length), "{name}: words of {length:.2}");
            assert!((40.0..95.0).contains(&line), "{name}: lines of {line:.1}");
            let share = |count: usize| count as f64 / total as f64;
            assert!((0.005..0.03).contains(&share(large)), "{name}: {:.4} large letters", share(large));
            assert!((0.003..0.1).contains(&share(digits)), "{name}: {:.4} digits", share(digits));
        }
    }
}

/// Bits a byte, by how often each stands there.
fn entropy(data: &[u8]) -> f64 {
    let mut counts = [0_usize; 256];
    for &byte in data {
        counts[usize::from(byte)] += 1;
    }
    let share = |count: &usize| *count as f64 / data.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

#[test]
fn compressors_work_as_they_do_on_text() {
    for (tune, _) in TUNES {
        for ratio in ratios(tune) {
            let name = format!("{} {ratio}", tune.name());
            let data = &sample(&recipe(94, tune, ratio))[..1 << 20];
            let (count, literals) =
                data.chunks(65_536).map(sequences).fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
            let each_kib = count as f64 / (data.len() >> 10) as f64;
            assert!((80.0..150.0).contains(&each_kib), "{name}: {each_kib:.1} sequences a KiB");
            let run = literals as f64 / count as f64;
            assert!((0.5..5.0).contains(&run), "{name}: runs of {run:.1} literals");
            let high = lz4::block::CompressionMode::HIGHCOMPRESSION(9);
            let best: usize =
                data.chunks(BLOCK).map(|block| lz4::block::compress(block, Some(high), false).unwrap().len()).sum();
            let gain = data.len() as f64 / best as f64 / measured(data, BLOCK, LZ4);
            assert!((1.1..1.4).contains(&gain), "{name}: lz4 -9 gains {gain:.2}");
            let bits: f64 = data.chunks(PAGE).map(entropy).sum::<f64>() / (data.len() / PAGE) as f64;
            assert!((3.8..4.8).contains(&bits), "{name}: {bits:.2} bits a byte");
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
fn other_seeds_have_other_words() {
    let pages = |seed| -> HashSet<Vec<u8>> {
        sample(&recipe(seed, Tune::Lz4, "2")).windows(24).step_by(3).map(<[u8]>::to_vec).collect()
    };
    let (ours, theirs) = (pages(96), pages(97));
    assert_eq!(ours.intersection(&theirs).count(), 0);
}

#[test]
fn a_stream_of_another_seed_has_that_seeds_letters() {
    let first = stream(&recipe(1, Tune::Zstd, "3"));
    assert_eq!(bytes(&first.reseeded(2), 0, 65_536), bytes(&stream(&recipe(2, Tune::Zstd, "3")), 0, 65_536));
}

#[test]
fn what_cannot_be_had_is_refused_with_what_can() {
    for (text, parts) in [
        ("compress=2", ["`any`", "lz4, zstd or zlib with texture=text"]),
        ("compress=2,tune=snappy", ["`snappy`", "lz4, zstd or zlib with texture=text"]),
        ("compress=1.1,tune=zstd", ["11/10", "texture=text and tune=zstd"]),
        ("compress=5,tune=lz4", ["5", "texture=text and tune=lz4"]),
    ] {
        let message = format!("dgen1,seed=1,texture=text,{text}").parse::<dgen::Recipe>().unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}
