//! `texture=lz`: what it costs is what the table says, and it is to real compressors what its document says.

mod common;

use common::codecs::{Compressor, LZ4, measured, sequences};
use common::tuned::{BLOCK, PAGE, TUNES, Tuned, sample};
use common::{bytes, stream};
use dgen_spec::Tune;

const LZ: Tuned = Tuned { name: "lz", ratios, column: "asked" };

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

#[test]
fn costs_are_those_of_the_compressors() {
    LZ.costs_are(7, 4 << 20, |fields, compressor, seeds, size| {
        let fields: Vec<&str> = fields.split(',').collect();
        cost(&dgen_spec::Pieces::parse(fields[0], fields[1], fields[2], fields[3]), compressor, seeds, size)
    });
}

/// Ratios that a tuning has, from its lowest to its highest.
fn ratios(tune: Tune) -> &'static [&'static str] {
    match tune {
        Tune::Lz4 => &["1.1", "1.25", "1.5", "2", "2.5", "3", "3.5", "3.9"],
        Tune::Zstd => &["1.5", "1.75", "2", "2.5", "3", "4", "5", "5.9"],
        _ => &["1.5", "1.75", "2", "2.5", "3", "4", "5", "6.5"],
    }
}

#[test]
fn the_tuned_compressor_is_within_a_hundredth_and_within_two_at_a_page() {
    LZ.ratios_hold();
}

#[test]
fn spread_pages_have_the_ratio_together() {
    LZ.spread_ratios_hold();
}

#[test]
fn the_document_tabulates_other_compressors() {
    LZ.document_tabulates_others();
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
            for extent in sample(&LZ.recipe(93, tune, ratio)).chunks(BLOCK) {
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
            let data = sample(&LZ.recipe(94, tune, ratio));
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
    LZ.sectors_differ();
}

#[test]
fn other_seeds_have_other_pages_and_alphabets() {
    LZ.seeds_have_nothing_in_common("3", 16);
}

#[test]
fn what_cannot_be_had_is_refused_with_what_can() {
    LZ.refuses();
}
