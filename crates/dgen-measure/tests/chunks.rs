//! Content-defined chunks against a naive chunker, and what they find of duplicates.

mod common;

use std::collections::HashSet;

use common::{dedup_only, measured, noise, stream, timeless};
use dgen_measure::{Chunker, MeasureOptions, Watch, measure};
use fastcdc::v2020::{FastCDC, Normalization};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn options(chunkers: &[&str]) -> MeasureOptions {
    let chunkers = chunkers.iter().map(|name| name.parse().unwrap()).collect();
    MeasureOptions { chunkers, ..dedup_only(&[4096]) }
}

/// The chunks of inputs by the crate alone, each input in one piece.
fn naive<'a>(inputs: &[&'a [u8]], chunker: &Chunker) -> Vec<&'a [u8]> {
    let size = |bytes: u64| usize::try_from(bytes).unwrap();
    let (min, avg, max) = (size(chunker.min()), size(chunker.avg()), size(chunker.max()));
    let mut chunks = Vec::new();
    for bytes in inputs.iter().filter(|bytes| !bytes.is_empty()) {
        let cdc = FastCDC::with_level(bytes, min, avg, max, Normalization::Level0);
        chunks.extend(cdc.map(|chunk| &bytes[chunk.offset..][..chunk.length]));
    }
    chunks
}

#[test]
fn chunks_are_those_of_the_crate_whatever_cuts_the_reading() {
    // Rounds of 32 MiB and segments lie across chunks; zeros end only at the maximum, and never meet again.
    let zeros = vec![0; 5 * MIB + 1];
    let large = [noise(1, 30 * MIB + 77), zeros, noise(2, 9 * MIB), noise(1, 12 * MIB)].concat();
    let small: Vec<Vec<u8>> = (0..300).map(|i| noise(i % 7, 100 + 613 * (usize::try_from(i).unwrap() % 50))).collect();
    let mut inputs: Vec<&[u8]> = vec![&[], &large[..33 * MIB + 5], &large];
    inputs.extend(small.iter().map(Vec::as_slice));
    for name in ["64:8KiB:32KiB", "casync", "512KiB:2MiB:8MiB", "1MiB:256KiB:3MiB", "zpaq"] {
        let run = |threads| measured(&inputs, &MeasureOptions { threads: Some(threads), ..options(&[name]) });
        let report = run(1);
        let found = &report.chunks[name];
        let chunks = naive(&inputs, &name.parse().unwrap());
        let distinct: HashSet<&[u8]> = chunks.iter().copied().collect();
        let bytes: usize = distinct.iter().map(|chunk| chunk.len()).sum();
        assert_eq!((found.total, found.distinct), (chunks.len() as u64, distinct.len() as u64), "{name}");
        assert_eq!((found.distinct_bytes, found.exact), (bytes as u64, true), "{name}");
        assert!((found.ratio * bytes as f64 / report.bytes as f64 - 1.0).abs() < 1e-9, "{name}");
        assert_eq!(timeless(run(3)), timeless(report.clone()), "{name}");
        let streams = inputs.iter().map(|bytes| stream(bytes, 70_001)).collect();
        let streamed = measure(streams, &options(&[name]), Watch::default()).unwrap();
        assert_eq!(streamed.chunks, report.chunks, "{name}");
    }
}

#[test]
fn shifted_copies_are_found() {
    let data = noise(5, 8 * MIB);
    let shifted = [&noise(6, 1001)[..], &data].concat();
    let report = measured(&[&data, &shifted], &options(&["bup", "casync"]));
    assert_eq!(report.dedup[&4096].distinct, report.dedup[&4096].total);
    assert!(report.chunks["bup"].ratio > 1.99, "{:?}", report.chunks["bup"]);
    assert!(report.chunks["casync"].ratio > 1.95, "{:?}", report.chunks["casync"]);
    // The minimum and the mean distance behind it, less what the maximum cuts off.
    let mean = report.chunks["bup"].mean / 8106.0;
    assert!((0.9..1.1).contains(&mean), "{mean}");
    let repeats = &report.chunks["bup"].repeats;
    assert!(repeats.contents[&2] > 500 && repeats.distances.keys().eq(&[16 << 20]), "{repeats:?}");
}

#[test]
fn chunks_beyond_the_memory_limit_are_estimates() {
    let (once, twice) = (noise(3, 96 * MIB), noise(4, 32 * MIB));
    let options = MeasureOptions { memory: 1 << 20, ..options(&["64:256:1KiB"]) };
    let report = measured(&[&once, &twice, &twice], &options);
    let found = &report.chunks["64:256:1KiB"];
    assert!(!found.exact && found.sampling_rate < 1.0 && found.standard_error > 0.0);
    let expected = 128.0 * MIB as f64;
    assert!((found.distinct_bytes as f64 - expected).abs() < 4.0 * found.standard_error, "{found:?}");
    assert!(found.standard_error < 0.03 * expected, "{found:?}");
    assert!(report.warnings.iter().any(|warning| warning.contains("64:256:1KiB")), "{:?}", report.warnings);
}

#[test]
fn repeats_say_how_often_and_how_far() {
    // 40 contents once, 10 three times, each 512 KiB behind the one before; zeros count for nothing.
    let block = |seed: u64| noise(seed, 4096);
    let once: Vec<u8> = (0..40).flat_map(block).collect();
    let thrice: Vec<u8> = (100..110).flat_map(block).collect();
    let gap = vec![0; 512 * KIB - thrice.len()];
    let data = [&thrice[..], &gap, &thrice, &gap, &thrice, &once].concat();
    let report = measured(&[&data], &dedup_only(&[4096]));
    let repeats = &report.repeats[&4096];
    assert_eq!(repeats.contents.clone().into_iter().collect::<Vec<_>>(), [(1, 40), (4, 10)]);
    assert_eq!(repeats.distances.clone().into_iter().collect::<Vec<_>>(), [(512 << 10, 20)]);
    let text = report.to_text();
    assert!(text.contains("repeats") && text.contains("80.0 %"), "{text}");
}
