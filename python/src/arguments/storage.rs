//! The arguments of the storage functions.

use super::reading::{bytes, floats, integer, number, numbers, texts, wrong_type};
use crate::errors::bad_value;
use dgen::units::MAX_OFFSET;
use dgen_io::{MAX_BUFFER, MAX_FILES, MAX_GENERATORS, MAX_PASSES, MAX_RANKS, MAX_VECTORED, MAX_WORKERS};
use pyo3::prelude::*;

numbers! {
    /// Bytes to move.
    Total(u64) = bytes("size", 1..=MAX_OFFSET, "1 byte to 2^63 bytes");
    /// Stream offset of the first byte.
    StreamOffset(u64) = bytes("offset", 0..=MAX_OFFSET, "0 to 2^63 bytes");
    /// Position in a file.
    FileOffset(u64) = bytes("file_offset", 0..=MAX_OFFSET, "0 to 2^63 bytes");
    /// Dedup unit.
    Block(u64) = bytes("block_size", 0..=u64::MAX, "a multiple of 4096, from 4 KiB to 1 GiB");
    /// Bytes of one I/O.
    BufferSize(u64) = bytes("buffer_size", 1..=MAX_BUFFER, "1 byte to 256 MiB, or None");
    /// Bytes between two syncs.
    SyncEvery(u64) = bytes("sync_every", 1..=MAX_OFFSET, "1 byte or more, or None");
    /// Dedup block to measure; the measurement checks its multiple and maximum.
    DedupBlock(u64) = bytes("dedup_blocks", 0..=MAX_OFFSET, "multiples of 512, from 512 bytes to 1 GiB");
    /// Compressor block; the measurement checks that it is a power of two.
    CompressBlock(u64) = bytes("compress_blocks", 0..=MAX_OFFSET, "powers of two, from 512 bytes to 16 MiB");
    /// Dedup block whose first occurrences are compressed.
    UniqueBlock(u64) = bytes("compress_dedup_block", 0..=MAX_OFFSET, "one of dedup_blocks, at most 4 MiB");
    /// Memory for fingerprints.
    Memory(u64) = bytes("memory", 1 << 20..=u64::MAX, "1 MiB or more");
    /// Writers.
    NumWriters(usize) = integer("num_writers", 1..=MAX_WORKERS as u64, "1 to 1024, or None");
    /// Threads that generate beside the writers.
    Generators(usize) = integer("generators", 0..=MAX_GENERATORS as u64, "0 to 1024, or None");
    /// Readers.
    NumReaders(usize) = integer("num_readers", 1..=MAX_WORKERS as u64, "1 to 1024, or None");
    /// Files in a folder.
    Files(usize) = integer("files", 1..=MAX_FILES as u64, "1 to 1000000, or None");
    /// Bytes of each file.
    FileSize(u64) = bytes("file_size", 1..=MAX_OFFSET, "1 byte to 2^63 bytes, or None");
    /// Which of several processes.
    Rank(u32) = integer("rank", 0..=u64::from(MAX_RANKS) - 1, "0 to 999999, below ranks, or None");
    /// Processes that share a call.
    RankCount(u32) = integer("ranks", 1..=u64::from(MAX_RANKS), "1 to 1000000, or None");
    /// Passes over the same data.
    Passes(u64) = integer("passes", 1..=MAX_PASSES, "1 to 1000000");
    /// Buffers that each I/O gathers.
    Vectored(usize) = integer("vectored", 1..=MAX_VECTORED as u64, "1 to 1024");
    /// Share of reads, in per cent.
    ReadPercent(u64) = integer("read_percent", 0..=100, "0 to 100");
    /// Bytes per second.
    Rate(u64) = bytes("rate", 1..=u64::MAX, "1 byte per second or more, or None");
    /// Buffers in all.
    BufferCount(usize) = integer("buffer_count", 1..=u64::MAX, "1 or more, or None");
    /// I/Os in flight per worker.
    Depth(usize) = integer("depth", 1..=4096, "1 to 4096, or None");
    /// Damaged ranges to list.
    Limit(usize) = integer("limit", 0..=1_000_000, "0 to 1000000");
    /// One of so many pieces is compressed.
    Sample(u64) = integer("compress_sample", 1..=u64::MAX, "1 or more");
    /// Level of zstd.
    ZstdLevel(i32) = integer("zstd_level", 1..=22, "1 to 22");
    /// Level of zlib.
    ZlibLevel(u32) = integer("zlib_level", 1..=9, "1 to 9");
    /// Preset of lzma.
    LzmaLevel(u32) = integer("lzma_level", 0..=9, "0 to 9");
}

floats! {
    /// Seconds to wait for rank 0.
    RankWait = "rank_wait";
    /// Seconds after which no more I/O is begun.
    Runtime = "runtime";
}

texts! {
    /// The order of I/Os.
    Order = "order";
    /// What the system is told of reads.
    Advise = "advise";
}
