//! Data and options that the tests share.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::{Read, Result};

use dgen_measure::{Input, MeasureOptions, MeasureReport, Watch, measure};

/// Random bytes of a seed.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let word = |i: u64| {
        let z = (seed << 40).wrapping_add(i).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..len.div_ceil(8) as u64).flat_map(word).collect();
    bytes.truncate(len);
    bytes
}

/// Options without compression or entropy.
pub(crate) fn dedup_only(dedup_blocks: &[u64]) -> MeasureOptions {
    MeasureOptions { dedup_blocks: dedup_blocks.to_vec(), codecs: vec![], entropy: false, ..MeasureOptions::default() }
}

/// Measures slices.
pub(crate) fn measured(inputs: &[&[u8]], options: &MeasureOptions) -> MeasureReport {
    measure(inputs.iter().map(|bytes| Input::Bytes(bytes)).collect(), options, Watch::default()).unwrap()
}

/// The report without what may differ between runs.
pub(crate) fn timeless(mut report: MeasureReport) -> MeasureReport {
    (report.elapsed_ns, report.bytes_per_s, report.threads) = (0, 0.0, 0);
    report
}

/// A reader that returns fewer bytes than asked for, like a pipe.
pub(crate) struct Trickle<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) step: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let len = buffer.len().min(self.step).min(self.bytes.len());
        let (head, tail) = self.bytes.split_at(len);
        buffer[..len].copy_from_slice(head);
        self.bytes = tail;
        Ok(len)
    }
}

/// The bytes as a stream.
pub(crate) fn stream(bytes: &[u8], step: usize) -> Input<'_> {
    Input::Reader { name: "trickle".into(), reader: Box::new(Trickle { bytes, step }) }
}
