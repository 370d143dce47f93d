//! `measure`.

use super::follow::{Follow, Shared};
use super::reports::conclude;
use crate::arguments::generation::MaxThreads;
use crate::arguments::paths::{is_path, path};
use crate::arguments::progress::Progress;
use crate::arguments::reading::Several;
use crate::arguments::storage::{
    CompressBlock, DedupBlock, LzmaLevel, Memory, Sample, UniqueBlock, ZlibLevel, ZstdLevel,
};
use crate::buffers::readable::Readable;
use crate::errors::{bad_value, exception, type_name};
use crate::interpreter::detached::calling;
use dgen::Result;
use dgen::topology::MemoryRoom;
use dgen_cli::{find_files, take_skipped};
use dgen_io::Outcome;
use dgen_measure::{Chunker, Codec, Input, MeasureOptions, Model, Watch, threads_within};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use std::sync::Arc;

/// Threads that measuring takes at most.
const MAX_THREADS: usize = 1024;

/// What to measure, in its order.
pub(crate) struct Data(Vec<Part>);

enum Part {
    /// A file or device, or a folder of files.
    Path(PathBuf),
    Memory(Readable),
}

impl<'py> FromPyObject<'_, 'py> for Data {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        calling(object.py(), || Self::of(&object))
    }
}

impl Data {
    fn of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Some(part) = Part::of(object)? {
            return Ok(Self(vec![part]));
        }
        let items = object.try_iter().map_err(|_| unfit(object))?;
        let part = |item: PyResult<Bound<'py, PyAny>>| {
            let item = item?;
            Part::of(&item)?.ok_or_else(|| unfit(&item))
        };
        let parts: Vec<Part> = items.map(part).collect::<PyResult<_>>()?;
        if parts.is_empty() {
            return Err(bad_value("data", "an empty sequence", "one path or buffer, or more"));
        }
        Ok(Self(parts))
    }
}

impl Part {
    /// The part that an object is, if it is one. Bytes are data here, never a path.
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        if is_path(object)? && !object.is_instance_of::<PyBytes>() {
            return path(object).map(Self::Path).map(Some);
        }
        Ok(Readable::of(object)?.map(Self::Memory))
    }
}

fn unfit(object: &Bound<'_, PyAny>) -> PyErr {
    let given = type_name(object.as_borrowed());
    let message =
        format!("data: str, os.PathLike, a bytes-like object or a sequence of them is required, not '{given}'");
    PyTypeError::new_err(message)
}

/// Measures the dedup and compression of any data, and returns a `MeasureReport`.
///
/// `data` is a path (str or `os.PathLike`: a file, a block device, or a folder, whose files are measured in order of
/// name), a bytes-like object, or a sequence of these. The block grid restarts at each. A bytes-like object is measured
/// in place and must not change meanwhile.
///
/// `dedup_blocks` (default: 512, 4 KiB, 64 KiB, 1 MiB) and `compress_blocks` (default: 4, 8, 64 and 128 KiB, 1 MiB) are
/// sequences of sizes in bytes, or text such as "4KiB". `codecs` is a sequence of "lz4", "zstd", "zlib",
/// "snappy" and "lzma" (default: all but lzma, which is slow; empty: dedup alone). What is compressed are the first occurrences of the blocks of
/// `compress_dedup_block` (default: 4 KiB, or else the smallest); `dedup=False` compresses every block, duplicates and
/// zero blocks too, as systems without dedup do. Of the compressor blocks behind the first 512 KiB, one of `compress_sample`
/// is compressed (default: all where few codecs and blocks are chosen, else as few as keep it fast). `models` is a
/// sequence of storage systems to model, such as "zfs:16KiB", "btrfs", "btrfs-auto", "bluestore", "vdo", "subblock:1KiB",
/// "squashfs", "zram": what they would allocate, by name, in `models` of the report. `zstd_level` defaults to 3, `zlib_level` and `lzma_level` to 6, and `memory` for fingerprints to 1 GiB, beyond which counts
/// become estimates and say so. `entropy=False` leaves out the entropy.
///
/// `chunkers` is a sequence of content-defined chunkers: "borg", "restic", "casync", "bup", "kopia", "duplicacy", "zpaq", or
/// sizes such as "16KiB:64KiB:256KiB" (minimum, average, maximum); their dedup is in `chunks` of the report, by name.
///
/// `max_threads` defaults to what the machine allows, or what a limit on memory leaves room for.
///
/// The interpreter is released while data is read. `progress` is as in `write_file`, and `bytes_total` is `None` where it
/// is not known. Ctrl-C stops it within 0.2 s; what was measured by then is the `report` of
/// the exception.
///
/// Files that cannot be opened or read are listed in `skipped`, and the others are measured; then `OSError` is raised with
/// the report as its `report`. `strict=True` stops at the first.
///
/// >>> from dgen_py import generate_buffer, measure
/// >>> data = generate_buffer(8 << 20, dedup_ratio=2, compress_ratio=2, seed=7)
/// >>> report = measure(data, codecs=["lz4"], compress_blocks=["64KiB"])
/// >>> report.dedup[1 << 20].ratio
/// 2.0
/// >>> round(report.compress["lz4"][64 << 10], 1)
/// 2.0
///
/// Raises `ValueError` for a value out of range, `TypeError` for data of another type, `OSError` with errno and filename
/// for I/O.
#[pyfunction]
#[pyo3(signature = (data, *, dedup_blocks=None, codecs=None, compress_blocks=None, compress_dedup_block=None, compress_sample=None, zstd_level=None, zlib_level=None, lzma_level=None, models=None, chunkers=None, dedup=true, entropy=true, memory=None, max_threads=None, progress=None, strict=false))]
pub(crate) fn measure<'py>(
    py: Python<'py>,
    data: Data,
    dedup_blocks: Option<Several<DedupBlock>>,
    codecs: Option<Several<String>>,
    compress_blocks: Option<Several<CompressBlock>>,
    compress_dedup_block: Option<UniqueBlock>,
    compress_sample: Option<Sample>,
    zstd_level: Option<ZstdLevel>,
    zlib_level: Option<ZlibLevel>,
    lzma_level: Option<LzmaLevel>,
    models: Option<Several<String>>,
    chunkers: Option<Several<String>>,
    dedup: bool,
    entropy: bool,
    memory: Option<Memory>,
    max_threads: Option<MaxThreads>,
    progress: Option<Progress<'py>>,
    strict: bool,
) -> PyResult<Bound<'py, PyAny>> {
    for (name, is_empty) in [
        ("dedup_blocks", dedup_blocks.as_ref().is_some_and(|blocks| blocks.0.is_empty())),
        ("compress_blocks", compress_blocks.as_ref().is_some_and(|blocks| blocks.0.is_empty())),
    ] {
        if is_empty {
            return Err(bad_value(name, "an empty sequence", "one size or more"));
        }
    }
    let make = || {
        let mut options = MeasureOptions { dedup, entropy, strict, ..MeasureOptions::default() };
        if let Some(blocks) = dedup_blocks {
            options.dedup_blocks = blocks.0.into_iter().map(|block| block.0).collect();
        }
        if let Some(codecs) = codecs {
            options.codecs = codecs.0.iter().map(|name| name.parse()).collect::<Result<Vec<Codec>>>()?;
        }
        if let Some(blocks) = compress_blocks {
            options.compress_blocks = blocks.0.into_iter().map(|block| block.0).collect();
        }
        options.compress_dedup_block = compress_dedup_block.map(|block| block.0);
        options.compress_sample = compress_sample.map(|sample| sample.0);
        if let Some(models) = models {
            options.models = models.0.iter().map(|name| name.parse()).collect::<Result<Vec<Model>>>()?;
        }
        if let Some(chunkers) = chunkers {
            options.chunkers = chunkers.0.iter().map(|name| name.parse()).collect::<Result<Vec<Chunker>>>()?;
        }
        options.zstd_level = zstd_level.map_or(options.zstd_level, |level| level.0);
        options.zlib_level = zlib_level.map_or(options.zlib_level, |level| level.0);
        options.lzma_level = lzma_level.map_or(options.lzma_level, |level| level.0);
        options.memory = memory.map_or(options.memory, |memory| memory.0);
        let asked = max_threads.map(|threads| threads.0);
        let threads = dgen::driver::resolve_threads(asked)?.min(MAX_THREADS);
        let room = if asked.is_none() { MemoryRoom::read() } else { None };
        options.threads = Some(threads_within(room.as_ref(), threads));
        options.validate()?;
        Ok(options)
    };
    let options = make().map_err(|error: dgen::Error| exception(&error))?;
    let leave = !data.0.iter().any(|part| matches!(part, Part::Memory(_)));
    let follow = Follow { progress, without_total: true, leave };
    // The last owner drops the buffers; that this thread is one keeps them until it is attached again.
    let data = Arc::new(data);
    let theirs = Arc::clone(&data);
    let ended = follow.run(py, move |shared| run(&theirs, &options, shared))?;
    conclude(py, ended)
}

fn run(data: &Data, options: &MeasureOptions, shared: &Shared) -> Result<Outcome<dgen_measure::MeasureReport>> {
    let (mut inputs, mut skipped) = (Vec::new(), Vec::new());
    // Not known as soon as one part has no length of its own.
    let mut total = Some(0);
    for part in &data.0 {
        match part {
            Part::Memory(memory) => {
                total = total.map(|total| total + memory.bytes().len() as u64);
                inputs.push(Input::Bytes(memory.bytes()));
            }
            Part::Path(path) => {
                let found = find_files(std::slice::from_ref(path), options.strict)?;
                skipped.extend(found.skipped);
                for file in found.files {
                    let len = std::fs::metadata(&file).ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
                    total = total.zip(len).map(|(total, len)| total + len);
                    inputs.push(Input::Path(file));
                }
            }
        }
    }
    if let Some(total) = total {
        shared.set_total(total);
    }
    let progress = |bytes| shared.set_done(bytes);
    let watch = Watch { progress: Some(&progress), cancel: Some(shared.cancel()) };
    let mut report = dgen_measure::measure(inputs, options, watch)?;
    let error = take_skipped(&mut report, skipped);
    Ok(Outcome { report, error })
}
