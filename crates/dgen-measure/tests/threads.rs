//! The thread count changes no number, nor does the memory limit beyond its stated error.

mod common;

use common::{dedup_only, measured, noise, stream, timeless};
use dgen_measure::{Codec, MeasureOptions, Watch, measure};

const MIB: usize = 1 << 20;

/// Sectors half of which repeat 128 bytes, with every content twice, far apart.
fn halves(mib: usize) -> Vec<u8> {
    let once: Vec<u8> = (0..mib as u64 * 1024).flat_map(|i| noise(i, 128).repeat(4)).collect();
    [once.clone(), once].concat()
}

#[test]
fn threads_change_nothing() {
    let data = [noise(1, 20 * MIB), halves(10), vec![0; 5 * MIB + 99]].concat();
    let (head, tail) = data.split_at(9 * MIB + 1234);
    for options in [
        dedup_only(&[512, 4096, 12_288, 1 << 20]),
        MeasureOptions { codecs: vec![Codec::Lz4, Codec::Snappy], memory: 1 << 20, ..MeasureOptions::default() },
        MeasureOptions {
            dedup_blocks: vec![512],
            codecs: vec![Codec::Zstd],
            compress_blocks: vec![4096],
            memory: 1 << 20,
            ..MeasureOptions::default()
        },
    ] {
        let run = |threads: usize| {
            let options = MeasureOptions { threads: Some(threads), ..options.clone() };
            let streams = vec![stream(head, 70_000), stream(tail, 70_000)];
            let streamed = measure(streams, &options, Watch::default()).unwrap();
            (timeless(measured(&[head, tail], &options)), timeless(streamed))
        };
        let expected = run(1);
        for threads in 2..=8 {
            assert_eq!(run(threads), expected, "{threads} threads");
        }
    }
}

#[test]
fn beyond_the_memory_limit_counts_are_estimates() {
    let distinct = 300_000;
    let once = noise(3, distinct * 512);
    let data = [&once[..], &once[..once.len() / 2]].concat();
    let options = MeasureOptions { memory: 1 << 20, ..dedup_only(&[512, 1 << 20]) };
    let report = measured(&[&data], &options);
    let dedup = report.dedup[&512];
    assert!(!dedup.exact && dedup.sampling_rate < 1.0 && dedup.standard_error > 0.0);
    assert!((dedup.distinct as f64 - distinct as f64).abs() < 3.0 * dedup.standard_error, "{dedup:?}");
    assert!(dedup.standard_error < 0.02 * distinct as f64, "{dedup:?}");
    assert_eq!(dedup.total, 450_000);
    let large = report.dedup[&(1 << 20)];
    assert!(large.exact && large.standard_error == 0.0);
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.to_text().contains('~'));
    // With room for all, the same data is counted.
    let report = measured(&[&data], &dedup_only(&[512]));
    assert_eq!((report.dedup[&512].distinct, report.dedup[&512].exact), (distinct as u64, true));
}

#[test]
fn compression_of_a_sample_is_near_that_of_the_whole() {
    let data = halves(200);
    let exact = MeasureOptions {
        dedup_blocks: vec![512],
        codecs: vec![Codec::Lz4],
        compress_blocks: vec![512, 4096],
        ..MeasureOptions::default()
    };
    let sampled = MeasureOptions { memory: 1 << 20, ..exact.clone() };
    let (exact, sampled) = (measured(&[&data], &exact), measured(&[&data], &sampled));
    assert!(exact.dedup[&512].exact && !sampled.dedup[&512].exact);
    assert!(sampled.compressed_bytes < sampled.unique_bytes);
    for (block, ratio) in &exact.compress[&Codec::Lz4] {
        let estimate = sampled.compress[&Codec::Lz4][block];
        assert!((estimate / ratio - 1.0).abs() < 0.01, "{block}: {estimate} for {ratio}");
    }
    let unique = sampled.unique_bytes as f64 / exact.unique_bytes as f64;
    assert!((unique - 1.0).abs() < 0.05, "{unique}");
}
