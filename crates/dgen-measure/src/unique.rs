//! Last phase of a round: compresses the unique part, or everything, in parallel.
//!
//! The unique part is a byte sequence: the first occurrence of each dedup block, in input order. It is cut in chunks, and
//! in each chunk every codec at every compressor block compresses all blocks, or a sample of them. Where duplicates are
//! kept, each input is such a sequence of its own.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use dgen::{Error, Result};

use crate::codec::{Codec, Engine};
use crate::crew;
use crate::keep::{Keep, Pass, pass_bytes};
use crate::model::is_zero;
use crate::options::Plan;
use crate::report::Records;
use crate::scan::Piece;
use crate::tally::{Sample, Stored, Tally};

/// One codec at one compressor block.
#[derive(Clone, Copy)]
struct Job {
    /// Number of the codec.
    codec: usize,
    /// Number of the compressor block.
    block: usize,
    sample: Sample,
}

/// The compressors of one thread.
struct Press {
    /// In the order of the plan's codecs.
    engines: Vec<Engine>,
    /// In the order of the jobs.
    tallies: Vec<Tally>,
}

/// Collects what is to be compressed, and compresses it.
pub(crate) struct Unique {
    presses: Vec<Press>,
    jobs: Vec<Job>,
    /// Per compressor block: its size, and the blocks that were dealt out.
    blocks: Vec<(usize, u64)>,
    codecs: Vec<Codec>,
    chunk: usize,
    pending: Vec<u8>,
    /// Where sequences end in what is pending.
    ends: Vec<usize>,
    /// Contents that each block stands for, where the dedup table keeps only a sample.
    weight: u64,
    bytes: u64,
}

/// What was found so far, whichever thread did.
impl Keep for Unique {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        let (first, others) = self.presses.split_first_mut().expect("there is a thread");
        for other in others {
            let found = first.tallies.iter_mut().zip(&mut other.tallies);
            found.for_each(|(sum, tally)| sum.merge(&std::mem::take(tally)));
        }
        first.tallies.iter_mut().try_for_each(|tally| tally.pass(way))?;
        self.blocks.iter_mut().try_for_each(|(_, number)| number.pass(way))?;
        pass_bytes(&mut self.pending, way)?;
        self.ends.pass(way)?;
        self.weight.pass(way)?;
        self.bytes.pass(way)
    }
}

/// What compression found.
pub(crate) struct Compressed {
    /// Bytes of what was to be compressed.
    pub(crate) source: u64,
    /// Least bytes that a job compressed.
    pub(crate) tried: u64,
    /// Per job: codec, block, what became of the blocks.
    pub(crate) records: Vec<(Codec, u64, Records)>,
}

/// A chunk, and for each compressor block the number of its first block.
struct Chunk<'a> {
    bytes: &'a [u8],
    first: Vec<u64>,
}

impl Unique {
    pub(crate) fn new(plan: &Plan) -> Result<Self> {
        let of_codec = |(codec, of): (usize, &'_ Vec<u64>)| {
            let each: Vec<(usize, u64)> = plan.compress_blocks.iter().copied().zip(of.iter().copied()).collect();
            let job = move |(block, (size, of))| Job { codec, block, sample: Sample::new(of, size as u64) };
            each.into_iter().enumerate().map(job)
        };
        let jobs: Vec<Job> = plan.compress_samples.iter().enumerate().flat_map(of_codec).collect();
        let press = |_| {
            let engines = plan.codecs.iter().map(|codec| Engine::new(*codec, plan.levels)).collect::<Result<_>>()?;
            Ok(Press { engines, tallies: vec![Tally::default(); jobs.len()] })
        };
        Ok(Self {
            presses: (0..plan.threads).map(press).collect::<Result<_>>()?,
            jobs,
            blocks: plan.compress_blocks.iter().map(|&size| (size, 0)).collect(),
            codecs: plan.codecs.clone(),
            chunk: plan.chunk,
            pending: Vec::new(),
            ends: Vec::new(),
            weight: 1,
            bytes: 0,
        })
    }

    /// Appends blocks of `data`, and compresses the chunks that are complete.
    pub(crate) fn append(
        &mut self,
        data: &[u8],
        spans: &[Range<usize>],
        new: &[u32],
        cancel: &AtomicBool,
    ) -> Result<()> {
        for number in new {
            let block = &data[spans[*number as usize].clone()];
            self.pending.extend_from_slice(block);
            self.bytes += block.len() as u64 * self.weight;
        }
        self.compress(false, cancel)
    }

    /// Appends all of a round.
    pub(crate) fn append_all(&mut self, data: &[u8], pieces: &[Piece], cancel: &AtomicBool) -> Result<()> {
        for piece in pieces {
            self.pending.extend_from_slice(&data[piece.start..][..piece.len]);
            self.bytes += piece.len as u64;
            self.ends.extend(piece.ends.then_some(self.pending.len()));
        }
        self.compress(false, cancel)
    }

    /// Compresses what is left; blocks that follow stand for `weight` contents each.
    pub(crate) fn flush(&mut self, weight: u64, cancel: &AtomicBool) -> Result<()> {
        self.compress(true, cancel)?;
        self.weight = weight;
        Ok(())
    }

    /// Compresses and removes what is complete, or everything.
    fn compress(&mut self, everything: bool, cancel: &AtomicBool) -> Result<()> {
        let chunks = chunks(&mut self.blocks, &self.pending, &self.ends, self.chunk, everything);
        let done: usize = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        let (jobs, blocks, weight) = (&self.jobs, &self.blocks, self.weight);
        let mut tasks = chunks.iter().flat_map(|chunk| (0..jobs.len()).map(move |job| (chunk, job)));
        let failure: Mutex<Option<Error>> = Mutex::new(None);
        // A chunk that is begun is compressed by all, so that the numbers of all are of the same bytes.
        let drawn = AtomicUsize::new(0);
        let next = |_: &mut Press| {
            let is_between = drawn.load(Ordering::Relaxed).is_multiple_of(jobs.len());
            if is_between && cancel.load(Ordering::Relaxed) {
                return None;
            }
            drawn.fetch_add(1, Ordering::Relaxed);
            tasks.next()
        };
        let work = |press: &mut Press, (chunk, job): (&Chunk<'_>, usize)| {
            let Job { codec, block, sample } = jobs[job];
            let (size, _) = blocks[block];
            let (engine, tally) = (&mut press.engines[codec], &mut press.tallies[job]);
            let numbered = (chunk.first[block]..).zip(chunk.bytes.chunks(size));
            for (number, raw) in numbered.filter(|(number, _)| sample.takes(*number)) {
                match engine.stored_bytes(raw) {
                    Ok(size) => {
                        let stored = Stored { len: raw.len() as u64, size: size as u64, is_zero: is_zero(raw) };
                        tally.add(stored, weight, sample.is_head(number));
                    }
                    Err(error) => *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                }
            }
        };
        crew::run(&mut self.presses, chunks.len() * jobs.len(), next, work);
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        drop(chunks);
        self.pending.drain(..done);
        self.ends.clear();
        Ok(())
    }

    /// The results, once everything was flushed.
    pub(crate) fn report(&self) -> Compressed {
        let mut tried = u64::MAX;
        let mut record = |(number, job): (usize, &Job)| {
            let mut tally = Tally::default();
            self.presses.iter().for_each(|press| tally.merge(&press.tallies[number]));
            let (block, _) = self.blocks[job.block];
            tried = tried.min(tally.bytes());
            (self.codecs[job.codec], block as u64, tally.records(self.bytes, job.sample))
        };
        let records: Vec<_> = self.jobs.iter().enumerate().map(&mut record).collect();
        let records = if tried > 0 || self.bytes == 0 { records } else { Vec::new() };
        Compressed { source: self.bytes, tried: if self.jobs.is_empty() { 0 } else { tried }, records }
    }
}

/// The chunks that are complete, or all, with the numbers of their blocks. A sequence that ends completes its last.
fn chunks<'a>(
    blocks: &mut [(usize, u64)],
    pending: &'a [u8],
    ends: &[usize],
    chunk: usize,
    everything: bool,
) -> Vec<Chunk<'a>> {
    let open = ends.last().copied().unwrap_or(0);
    let complete = if everything { pending.len() } else { open + (pending.len() - open) / chunk * chunk };
    let (mut found, mut start) = (Vec::new(), 0);
    for end in ends.iter().copied().chain([complete]) {
        for bytes in pending[start..end].chunks(chunk) {
            found.push(Chunk { bytes, first: blocks.iter().map(|(_, number)| *number).collect() });
            for (size, number) in &mut *blocks {
                *number += bytes.len().div_ceil(*size) as u64;
            }
        }
        start = end;
    }
    found
}
