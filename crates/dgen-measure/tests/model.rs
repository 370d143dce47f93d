//! The measurement against a naive one: sets of blocks, and one-shot compressor calls.

mod common;

use std::collections::HashSet;
use std::io::Write;

use common::{measured, noise, stream, timeless};
use dgen_measure::{Codec, MeasureOptions, Watch, measure};
use proptest::prelude::*;

/// Inputs made of sectors drawn from a few contents, some of them zero, some compressible, with ragged ends.
fn data(sectors: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    let run = (0..12_u64, 1..300_usize);
    (prop::collection::vec(run, sectors), 0..3_usize).prop_map(|(runs, cut)| {
        let sector = |content: u64| match content {
            0..3 => vec![0; 512],
            3..6 => noise(content, 64).repeat(8),
            _ => noise(content, 512),
        };
        let mut bytes: Vec<u8> = runs.into_iter().flat_map(|(content, count)| sector(content).repeat(count)).collect();
        bytes.truncate(bytes.len().saturating_sub([0, 511, 100][cut]));
        bytes
    })
}

fn one_shot(codec: Codec, raw: &[u8]) -> usize {
    match codec {
        Codec::Lz4 => lz4::block::compress(raw, None, false).unwrap().len(),
        Codec::Zstd => zstd::bulk::compress(raw, 3).unwrap().len(),
        Codec::Zlib => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
            encoder.write_all(raw).unwrap();
            encoder.finish().unwrap().len()
        }
        _ => snap::raw::Encoder::new().compress_vec(raw).unwrap().len(),
    }
}

/// First occurrences of the blocks, in order.
fn unique(inputs: &[Vec<u8>], block: u64) -> Vec<&[u8]> {
    let mut seen = HashSet::new();
    let block = usize::try_from(block).unwrap();
    inputs.iter().flat_map(|bytes| bytes.chunks(block)).filter(|bytes| seen.insert(*bytes)).collect()
}

fn check_dedup(inputs: &[Vec<u8>], options: &MeasureOptions) -> Result<(), TestCaseError> {
    let slices: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let report = measured(&slices, options);
    prop_assert_eq!(report.bytes, inputs.iter().map(|bytes| bytes.len() as u64).sum::<u64>());
    for &block in &options.dedup_blocks {
        let size = usize::try_from(block).unwrap();
        let blocks = || inputs.iter().flat_map(|bytes| bytes.chunks(size));
        let zero: Vec<&[u8]> = blocks().filter(|bytes| bytes.iter().all(|byte| *byte == 0)).collect();
        prop_assert_eq!(report.dedup[&block].total, blocks().count() as u64);
        prop_assert_eq!(report.dedup[&block].distinct, unique(inputs, block).len() as u64, "block {}", block);
        prop_assert_eq!(report.zero_blocks[&block].blocks, zero.len() as u64);
        prop_assert_eq!(report.zero_blocks[&block].bytes, zero.concat().len() as u64);
    }
    let streams = inputs.iter().map(|bytes| stream(bytes, 100_003)).collect();
    prop_assert_eq!(timeless(measure(streams, options, Watch::default()).unwrap()), timeless(report));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn dedup_counts_match(
        inputs in prop::collection::vec(data(0..40), 0..4),
        blocks in prop::collection::btree_set(1..5000_u64, 1..5),
        threads in 1..4_usize,
    ) {
        let dedup_blocks: Vec<u64> = blocks.into_iter().map(|sectors| sectors * 512).collect();
        let options = MeasureOptions {
            dedup_blocks,
            codecs: vec![],
            threads: Some(threads),
            ..MeasureOptions::default()
        };
        check_dedup(&inputs, &options)?;
    }

    #[test]
    fn compression_matches(
        inputs in prop::collection::vec(data(0..12), 0..4),
        dedup_block in prop::sample::select(vec![512_u64, 1536, 4096, 65_536]),
        compress_blocks in prop::collection::btree_set(9..19_u32, 1..4),
        threads in 1..4_usize,
    ) {
        let compress_blocks: Vec<u64> = compress_blocks.into_iter().map(|power| 1 << power).collect();
        let options = MeasureOptions {
            dedup_blocks: vec![dedup_block, 1 << 20],
            compress_blocks: compress_blocks.clone(),
            compress_dedup_block: Some(dedup_block),
            compress_sample: Some(1),
            threads: Some(threads),
            ..MeasureOptions::default()
        };
        check_dedup(&inputs, &options)?;
        let slices: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let report = measured(&slices, &options);
        let unique = unique(&inputs, dedup_block).concat();
        prop_assert_eq!(report.unique_bytes, unique.len() as u64);
        prop_assert_eq!(report.compressed_bytes, unique.len() as u64);
        for codec in Codec::USUAL {
            for &block in &compress_blocks {
                let chunks = unique.chunks(usize::try_from(block).unwrap());
                let stored: usize = chunks.map(|raw| one_shot(codec, raw).min(raw.len())).sum();
                let ratio = if unique.is_empty() { 1.0 } else { unique.len() as f64 / stored as f64 };
                prop_assert_eq!(report.compress[&codec][&block].to_bits(), ratio.to_bits(), "{} {}", codec, block);
            }
        }
    }

    #[test]
    fn compression_of_everything_matches(
        inputs in prop::collection::vec(data(0..12), 0..4),
        power in 12..19_u32,
        threads in 1..4_usize,
    ) {
        let block = 1_usize << power;
        let options = MeasureOptions {
            compress_blocks: vec![block as u64],
            dedup: false,
            compress_sample: Some(1),
            threads: Some(threads),
            ..MeasureOptions::default()
        };
        check_dedup(&inputs, &options)?;
        let slices: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let report = measured(&slices, &options);
        prop_assert_eq!(report.unique_bytes, 0);
        for codec in Codec::USUAL {
            // Each input is cut from its start.
            let blocks: Vec<&[u8]> = inputs.iter().flat_map(|input| input.chunks(block)).collect();
            let size = |raw: &&[u8]| one_shot(codec, raw).min(raw.len()) as u64;
            let stored: u64 = blocks.iter().map(size).sum();
            let zero: Vec<&[u8]> = blocks.iter().copied().filter(|raw| raw.iter().all(|byte| *byte == 0)).collect();
            let records = &report.records[&codec][&(block as u64)];
            prop_assert_eq!((records.stored_bytes, records.bytes), (stored, report.bytes));
            prop_assert_eq!(records.records, blocks.len() as u64);
            prop_assert_eq!((records.zero, records.zero_stored_bytes), (zero.len() as u64, zero.iter().map(size).sum()));
            prop_assert_eq!(records.raw, blocks.iter().filter(|raw| one_shot(codec, raw) >= raw.len()).count() as u64);
            prop_assert_eq!(records.sizes.iter().sum::<u64>(), records.records);
            let ratio = if blocks.is_empty() { 1.0 } else { report.bytes as f64 / stored as f64 };
            prop_assert_eq!(report.reduction[&codec][&(block as u64)].to_bits(), ratio.to_bits());
        }
    }
}
