//! The systems of the table, and what data takes there by the models.

use dgen_measure::{Input, MeasureOptions, Model, Watch, measure};

const KIB: usize = 1 << 10;

/// A system, and what its data is made with.
pub(crate) struct Judged {
    /// As in `--for`.
    pub(crate) name: &'static str,
    /// The model; those of codecs alone are squashfs's, which rounds nothing.
    model: &'static str,
    way: Way,
    pub(crate) texture: &'static str,
    pub(crate) tune: &'static str,
    pub(crate) spread: &'static str,
    /// The least compress ratio of the data, in thousandths.
    #[allow(dead_code, reason = "only the table's program asks")]
    pub(crate) from: u64,
}

/// How data comes to the model.
#[derive(Clone, Copy)]
enum Way {
    AsItIs,
    /// Extents of 128 KiB whose samples look incompressible are stored raw.
    Sampled,
    /// Values of 100 bytes, each after its length in 4 bytes.
    Values,
}

const fn judged(name: &'static str, model: &'static str, tune: &'static str, spread: &'static str) -> Judged {
    Judged { name, model, way: Way::AsItIs, texture: "repeat", tune, spread, from: 1000 }
}

pub(crate) const SYSTEMS: [Judged; 26] = [
    judged("btrfs", "btrfs", "zstd", "7/10"),
    // The kernel decides for a whole range by its first extent, so all of them must look compressible.
    Judged { way: Way::Sampled, texture: "zeros", from: 2000, ..judged("btrfs-auto", "btrfs", "zstd", "1/10") },
    judged("zfs:8KiB", "zfs:8KiB", "lz4", "7/10"),
    judged("zfs:16KiB", "zfs:16KiB", "lz4", "7/10"),
    judged("zfs:32KiB", "zfs:32KiB", "lz4", "7/10"),
    judged("zfs:64KiB", "zfs:64KiB", "lz4", "7/10"),
    judged("zfs:128KiB", "zfs:128KiB", "lz4", "7/10"),
    judged("zfs:1MiB", "zfs:1MiB", "lz4", "7/10"),
    judged("vdo", "vdo", "lz4", "7/10"),
    judged("bluestore:8KiB", "bluestore:8KiB", "snappy", "7/10"),
    judged("bluestore:16KiB", "bluestore:16KiB", "snappy", "7/10"),
    judged("bluestore:32KiB", "bluestore:32KiB", "snappy", "7/10"),
    judged("bluestore:64KiB", "bluestore:64KiB", "snappy", "7/10"),
    judged("subblock:512", "subblock:512", "lz4", "7/10"),
    judged("subblock:1KiB", "subblock:1KiB", "lz4", "7/10"),
    judged("subblock:2KiB", "subblock:2KiB", "lz4", "7/10"),
    judged("squashfs", "squashfs:128KiB:zlib:9", "zlib", "0"),
    judged("zram", "zram", "lz4", "7/10"),
    judged("lz4", "squashfs:128KiB:lz4", "lz4", "0"),
    judged("zstd:1", "squashfs:128KiB:zstd:1", "zstd", "0"),
    judged("zstd:3", "squashfs:128KiB:zstd:3", "zstd", "0"),
    judged("zstd:9", "squashfs:128KiB:zstd:9", "zstd", "0"),
    judged("zstd:19", "squashfs:128KiB:zstd:19", "zstd", "0"),
    judged("zlib", "squashfs:128KiB:zlib:6", "zlib", "0"),
    judged("snappy", "squashfs:128KiB:snappy", "snappy", "0"),
    Judged { way: Way::Values, texture: "zeros", ..judged("parquet", "squashfs:1MiB:zstd:3", "zstd", "0") },
];

impl Judged {
    /// Bytes of data that show what it makes of such data: of records as large as a set of pages, more are needed.
    #[allow(dead_code, reason = "the test has sizes of its own")]
    pub(crate) fn sample(&self) -> usize {
        let model: Model = self.model.parse().expect("a model");
        match (self.spread, model.record()) {
            ("0", _) => 2 << 20,
            (_, ..=32_768 | 1_048_576) => 8 << 20,
            _ => 32 << 20,
        }
    }

    /// Bytes allocated for the data, with the system's own dedup or without it.
    pub(crate) fn allocated(&self, data: &[u8], dedup: bool) -> u64 {
        match self.way {
            Way::AsItIs => self.modelled(data, dedup),
            Way::Sampled => {
                let (taken, raw): (Vec<&[u8]>, Vec<&[u8]>) =
                    data.chunks(128 * KIB).partition(|part| looks_compressible(part));
                self.modelled(&taken.concat(), dedup) + raw.concat().len() as u64
            }
            Way::Values => {
                let value = |value: &[u8]| [&u32::try_from(value.len()).expect("short").to_le_bytes(), value].concat();
                let column: Vec<u8> = data.chunks(100).flat_map(value).collect();
                self.modelled(&column, dedup) * data.len() as u64 / column.len() as u64
            }
        }
    }

    fn modelled(&self, data: &[u8], dedup: bool) -> u64 {
        if data.is_empty() {
            return 0;
        }
        let model: Model = self.model.parse().expect("a model");
        let options = MeasureOptions {
            codecs: vec![],
            entropy: false,
            dedup_blocks: vec![1 << 20],
            models: vec![model],
            compress_sample: Some(1),
            dedup,
            ..MeasureOptions::default()
        };
        let report = measure(vec![Input::Bytes(data)], &options, Watch::default()).expect("memory can be measured");
        // What of pages is not full is the same for any amount of data.
        let found = &report.models[self.model];
        found.allocated_bytes - found.unfilled_bytes
    }
}

/// What the kernel's btrfs says of an extent after a look at 16 bytes of each 256: whether it tries to compress it. (Linux
/// `fs/btrfs/compression.c`: few byte values, few of them in nine tenths of the sample, or low entropy.)
fn looks_compressible(extent: &[u8]) -> bool {
    let sample: Vec<u8> = extent.chunks(256).flat_map(|part| &part[..part.len().min(16)]).copied().collect();
    let (first, second) = sample.split_at(sample.len() / 2);
    let mut counts = [0_u64; 256];
    for byte in &sample {
        counts[usize::from(*byte)] += 1;
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let used = counts.iter().filter(|count| **count > 0).count();
    let size = sample.len() as u64;
    let mut sum = 0;
    let core = counts.iter().take(used).position(|count| {
        sum += count;
        sum > size * 90 / 100
    });
    let core = core.map_or(used, |last| last + 1);
    // Logarithms are of fourth powers, rounded down.
    let log = |n: u64| u64::from((n * n * n * n).ilog2());
    let entropy: u64 = counts[..used].iter().map(|&count| count * (log(size) - log(count))).sum();
    let percent = entropy / size * 100 / (8 * log(2));
    first == second || used < 64 || core <= 64 || (core < 200 && percent < 80)
}
