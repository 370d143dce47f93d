//! `texture=text`: what it costs is what the table says, and it looks to people and compressors as its document says.

mod common;

use common::codecs::{Compressor, LZ4, measured, sequences};
use common::tuned::{BLOCK, PAGE, TUNES, Tuned, sample};
use common::{bytes, stream};
use dgen_spec::Tune;

const TEXT: Tuned = Tuned { name: "text", ratios, column: "asked of `text`" };
const TAG: usize = 16;

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

#[test]
fn costs_are_those_of_the_compressors() {
    TEXT.costs_are(5, 2 << 20, |fields, compressor, seeds, size| {
        cost(&dgen_spec::Text::parse(fields), compressor, seeds, size)
    });
}

/// Ratios that a tuning has, from its lowest to its highest.
fn ratios(tune: Tune) -> &'static [&'static str] {
    match tune {
        Tune::Lz4 => &["1.3", "1.5", "1.75", "2", "2.25", "2.5", "2.65"],
        Tune::Zstd => &["1.95", "2.1", "2.25", "2.5", "2.75", "3", "3.25", "3.5"],
        _ => &["2.1", "2.25", "2.5", "2.75", "3", "3.25", "3.5"],
    }
}

#[test]
fn the_tuned_compressor_is_within_a_hundredth_and_within_two_at_a_page() {
    TEXT.ratios_hold();
}

#[test]
fn spread_pages_have_the_ratio_together() {
    TEXT.spread_ratios_hold();
}

#[test]
fn the_document_tabulates_other_compressors() {
    TEXT.document_tabulates_others();
}

#[test]
fn pages_are_lines_of_words_behind_their_tags() {
    for (tune, _) in TUNES {
        for ratio in ratios(tune) {
            let data = sample(&TEXT.recipe(94, tune, ratio));
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
            let data = &sample(&TEXT.recipe(94, tune, ratio))[..1 << 20];
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
    TEXT.sectors_differ();
}

#[test]
fn other_seeds_have_other_words() {
    TEXT.seeds_have_nothing_in_common("2", 24);
}

#[test]
fn what_cannot_be_had_is_refused_with_what_can() {
    TEXT.refuses();
}
