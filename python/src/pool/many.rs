//! Many pieces of data in one call.

use crate::arguments::batch::Seeds;
use crate::arguments::generation::{CompressRatio, DedupRatio, MaxThreads, NumaNode};
use crate::arguments::recipe::recipe_of;
use crate::errors::exception;
use crate::generator::batch::Buffers;
use crate::placement::asked::{NumaMode, Where};
use dgen::Stream;
use dgen::driver::Team;
use dgen::units::PAGE;
use pyo3::prelude::*;

/// Batches of fewer bytes are filled by the calling thread, so that nothing need be known of the machine.
const ALONE_BELOW: usize = 256 << 10;

/// Fills many buffers in one call, on all threads, with the interpreter released; returns the bytes written in all.
///
/// With `seeds`, one for each buffer, `buffers[i]` gets what `fill_buffer(buffers[i], ..., seed=seeds[i])` writes. Without,
/// the buffers are consecutive pieces of one fresh stream, each from a page boundary on: the ratios hold for the batch as
/// a whole, and nothing repeats that the dedup ratio does not ask for, within a call or between calls. Small buffers are
/// shared out among threads as they are, large ones in parts. `Generator.fill_many` does the same with its own stream.
///
/// >>> from dgen_py import fill_buffer, fill_many
/// >>> samples = [bytearray(2500) for _ in range(100)]
/// >>> fill_many(samples, seeds=range(100), compress_ratio=2)
/// 250000
/// >>> alone = bytearray(2500)
/// >>> fill_buffer(alone, compress_ratio=2, seed=31)
/// 2500
/// >>> samples[31] == alone
/// True
///
/// All buffers are looked at before the first byte is written. Raises `ValueError` for a value out of range, for a buffer
/// that is read-only, not contiguous, or overlaps another, and for another number of seeds than of buffers; `TypeError`
/// for an object without a buffer.
#[pyfunction]
#[pyo3(signature = (buffers, seeds=None, dedup_ratio=DedupRatio(1.0), compress_ratio=CompressRatio(1.0), numa_mode=NumaMode::Auto, max_threads=None, *, numa_node=None), text_signature = "(buffers, seeds=None, dedup_ratio=1.0, compress_ratio=1.0, numa_mode='auto', max_threads=None, *, numa_node=None)")]
pub(crate) fn fill_many(
    py: Python<'_>,
    buffers: Buffers<'_>,
    seeds: Option<Seeds>,
    dedup_ratio: DedupRatio,
    compress_ratio: CompressRatio,
    numa_mode: NumaMode,
    max_threads: Option<MaxThreads>,
    numa_node: Option<NumaNode>,
) -> PyResult<usize> {
    let place = Where { mode: numa_mode, node: numa_node };
    let alone = place.is_free() && buffers.sizes().sum::<usize>() < ALONE_BELOW;
    let team = if alone { Team::free(1) } else { place.team(max_threads)? };
    let first = seeds.as_ref().and_then(|seeds| seeds.0.first().copied());
    let recipe = recipe_of((dedup_ratio, compress_ratio), first, None)?;
    let stream = Stream::new(&recipe).map_err(|error| exception(&error))?;
    if let Some(seeds) = seeds {
        seeds.check(buffers.count())?;
        return buffers.fill_seeded(py, &stream, &seeds, &team);
    }
    let mut next = 0;
    let range = |size: usize| {
        let offset = next;
        next += (size as u64).next_multiple_of(PAGE as u64);
        (offset, size)
    };
    let ranges: Vec<(u64, usize)> = buffers.sizes().map(range).collect();
    buffers.fill_ranges(py, &stream, &ranges, &team)
}
