//! Data whose numbers are known without measuring.

mod common;

use std::fs;

use common::{dedup_only, measured, noise, stream, timeless};
use dgen_measure::{Codec, Input, MeasureOptions, Watch, measure};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

#[test]
fn no_data_has_ratio_one() {
    for inputs in [&[][..], &[&[][..]], &[&[], &[]]] {
        let report = measured(inputs, &MeasureOptions::default());
        assert_eq!((report.bytes, report.unique_bytes, report.inputs), (0, 0, inputs.len() as u64));
        assert_eq!(report.entropy, Some(0.0));
        for dedup in report.dedup.values() {
            assert_eq!((dedup.total, dedup.distinct, dedup.exact), (0, 0, true));
            assert!((dedup.ratio - 1.0).abs() < f64::EPSILON);
        }
        assert!(report.compress.values().flat_map(|blocks| blocks.values()).all(|ratio| (ratio - 1.0).abs() < 1e-9));
    }
}

#[test]
fn zeros_are_one_block() {
    let report = measured(&[&vec![0; 5 * MIB]], &MeasureOptions::default());
    for (block, dedup) in &report.dedup {
        assert_eq!((dedup.total, dedup.distinct), (5 * MIB as u64 / block, 1), "{block}");
        assert_eq!(report.zero_blocks[block].blocks, dedup.total);
        assert_eq!(report.zero_blocks[block].bytes, 5 * MIB as u64);
    }
    assert_eq!(report.entropy, Some(0.0));
    assert_eq!(report.unique_bytes, 4096);
    assert_eq!(report.compressed_bytes, 4096);
    assert!(report.compress[&Codec::Zstd][&4096] > 100.0);
}

#[test]
fn noise_neither_dedups_nor_compresses() {
    let data = noise(1, 3 * MIB);
    let report = measured(&[&data], &MeasureOptions::default());
    for (block, dedup) in &report.dedup {
        assert_eq!((dedup.total, dedup.distinct), (3 * MIB as u64 / block, 3 * MIB as u64 / block));
        assert_eq!(report.zero_blocks[block].blocks, 0);
    }
    assert!(report.entropy.unwrap() > 7.999);
    // Stored raw: never a loss.
    assert!(report.compress.values().flat_map(|blocks| blocks.values()).all(|ratio| (ratio - 1.0).abs() < 1e-9));
}

#[test]
fn duplicates_count_at_the_blocks_that_see_them() {
    // A 64 KiB content twice on the 64 KiB grid, and once more shifted by 4 KiB.
    let content = noise(2, 64 * KIB);
    let mut data = [content.clone(), content.clone(), noise(3, 4 * KIB), content, noise(4, 60 * KIB)].concat();
    data.resize(MIB, 0);
    let report = measured(&[&data], &dedup_only(&[4096, 65_536, 1 << 20]));
    let distinct = |block: u64| report.dedup[&block].distinct;
    assert_eq!(distinct(4096), 16 + 1 + 15 + 1);
    assert_eq!(distinct(65_536), 1 + 2 + 1);
    assert_eq!(distinct(1 << 20), 1);
    assert_eq!(report.zero_blocks[&65_536].blocks, 12);
    assert_eq!(report.zero_blocks[&(1 << 20)].blocks, 0);
}

#[test]
fn a_short_tail_is_a_block_of_its_length() {
    let zeros = vec![0; 3 * 4096 + 100];
    let report = measured(&[&zeros, &zeros, &zeros[..50]], &dedup_only(&[512, 4096]));
    let dedup = report.dedup[&4096];
    assert_eq!((dedup.total, dedup.distinct), (9, 3), "4096, 100 and 50 zeros");
    assert_eq!(report.zero_blocks[&4096].blocks, 9);
    assert_eq!(report.zero_blocks[&4096].bytes, report.bytes);
    assert_eq!(report.dedup[&512].total, 2 * 25 + 1);
    let mut marked = zeros;
    *marked.last_mut().unwrap() = 1;
    assert_eq!(measured(&[&marked], &dedup_only(&[512, 4096])).zero_blocks[&4096].blocks, 3);
}

#[test]
fn the_grid_restarts_at_each_input() {
    let content = noise(5, 10 * 4096);
    let shifted = [&[1; 100][..], &content].concat();
    let report = measured(&[&shifted[..100], &content, &content], &dedup_only(&[4096]));
    assert_eq!((report.dedup[&4096].total, report.dedup[&4096].distinct), (21, 11));
    assert_eq!(measured(&[&shifted, &content], &dedup_only(&[4096])).dedup[&4096].distinct, 21);
}

#[test]
fn files_streams_and_slices_agree() {
    let folder = tempfile::tempdir().unwrap();
    // Around the edges of extents, with a tail, empty, and more files than one round opens.
    let mut parts: Vec<Vec<u8>> =
        [MIB, 2 * MIB, 3 * MIB + 777, 0, 512 * KIB, 5].iter().map(|len| noise(*len as u64 % 3, *len)).collect();
    parts.extend((0..600).map(|i| noise(i % 100, 3000)));
    for options in [
        dedup_only(&[512, 1536, 4096, 7 * 512, 3 << 20]),
        MeasureOptions {
            codecs: vec![Codec::Lz4],
            dedup_blocks: vec![512, 1536, 1 << 20],
            ..MeasureOptions::default()
        },
    ] {
        let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let expected = timeless(measured(&slices, &options));
        let streams = parts.iter().enumerate().map(|(i, part)| stream(part, [1 << 30, 65_536, 4095][i % 3])).collect();
        assert_eq!(timeless(measure(streams, &options, Watch::default()).unwrap()), expected);
        let path = |i: usize| folder.path().join(i.to_string());
        parts.iter().enumerate().for_each(|(i, part)| fs::write(path(i), part).unwrap());
        let files = (0..parts.len()).map(|i| Input::Path(path(i))).collect();
        assert_eq!(timeless(measure(files, &options, Watch::default()).unwrap()), expected);
    }
}

#[test]
fn files_without_a_length_are_read_to_their_end() {
    for (path, empty) in [("/dev/null", true), ("/proc/self/status", false)] {
        let report = measure(vec![Input::from_arg(path)], &dedup_only(&[512]), Watch::default()).unwrap();
        assert_eq!(report.bytes == 0, empty, "{path}");
        assert_eq!(report.dedup[&512].total, report.bytes.div_ceil(512));
    }
}

#[test]
fn a_sample_of_the_blocks_is_compressed() {
    // Blocks of 4 KiB, of which every third compresses well, in no order that a sample could follow.
    let block = |i: u64| if noise(i, 1)[0] < 85 { noise(i, 64).repeat(64) } else { noise(i, 4096) };
    let data: Vec<u8> = (0..5000).flat_map(block).collect();
    let with = |compress_sample| {
        let (codecs, compress_blocks) = (vec![Codec::Lz4, Codec::Snappy], vec![4096, 16_384]);
        measured(&[&data], &MeasureOptions { compress_sample, codecs, compress_blocks, ..MeasureOptions::default() })
    };
    let (exact, sampled) = (with(Some(1)), with(Some(8)));
    assert_eq!(with(None).records, exact.records, "few pairs are not sampled");
    for codec in [Codec::Lz4, Codec::Snappy] {
        for block in [4096, 16_384] {
            let (all, some) = (&exact.records[&codec][&block], &sampled.records[&codec][&block]);
            assert_eq!((all.share, all.error, all.bytes), (1.0, Some(0.0), data.len() as u64));
            let head = 512 << 10;
            let rest = (data.len() as u64 - head).div_ceil(block * 8);
            assert!((head / block + rest - 1..=head / block + rest).contains(&some.records), "{some:?}");
            assert!((some.share - some.bytes as f64 / data.len() as f64).abs() < 1e-9);
            // Twice the interval of 95 %: the odds to miss it are one in ten thousand, and the data is always the same.
            assert!(
                (some.ratio / all.ratio - 1.0).abs() < 2.0 * some.error.unwrap(),
                "{codec} {block}: {some:?} {all:?}"
            );
        }
    }
    assert!(sampled.warnings.iter().any(|warning| warning.contains("one of 8 blocks")), "{:?}", sampled.warnings);
    assert!(sampled.to_text().contains('±'));
    assert!(exact.warnings.is_empty() && sampled.compressed_bytes < sampled.unique_bytes);
}

#[test]
fn all_defaults_together_sample_what_is_large() {
    let small = measured(&[&noise(1, 512 * KIB)], &MeasureOptions::default());
    assert!(small.warnings.is_empty() && small.compressed_bytes == 512 * KIB as u64);
    let large = measured(&[&noise(2, 12 * MIB)], &MeasureOptions::default());
    let compressed: u64 = large.records.values().flat_map(|blocks| blocks.values()).map(|records| records.bytes).sum();
    let pairs = 4 * 5;
    assert!(compressed < pairs * 2 * MIB as u64, "{compressed}");
    assert!(large.warnings.iter().any(|warning| warning.contains("% of the bytes")), "{:?}", large.warnings);
}

#[test]
fn the_report_has_the_agreed_names() {
    let data = noise(7, 100_000);
    let report = measured(&[&data], &MeasureOptions::default());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["bytes"], 100_000);
    assert_eq!(json["dedup"]["4096"]["total"], 25);
    assert_eq!(json["dedup"]["4096"]["distinct"], 25);
    assert_eq!(json["dedup"]["4096"]["exact"], true);
    assert_eq!(json["compress"]["lz4"]["65536"], 1.0);
    assert_eq!(json["reduction"]["lz4"]["65536"], 1.0);
    assert_eq!(json["records"]["lz4"]["65536"]["records"], 2);
    assert_eq!(json["records"]["lz4"]["65536"]["sizes"][15], 2);
    assert_eq!(json["dedup_first"], true);
    assert_eq!(json["zero_blocks"]["512"]["blocks"], 0);
    assert!(json["entropy"].as_f64().unwrap() > 7.9);
    assert!(json["engines"]["zstd"].as_str().unwrap().starts_with("libzstd 1."));
    let text = report.to_text();
    for word in ["97.66 KiB", "512B", "4KiB", "64KiB", "1MiB", "snappy", "zlib 1.", "bits per byte", "3/4"] {
        assert!(text.contains(word), "{word} in\n{text}");
    }
}
