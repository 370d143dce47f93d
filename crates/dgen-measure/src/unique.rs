//! Last phase of a round: compresses the unique part, in parallel.
//!
//! The unique part is a byte sequence: the first occurrence of each dedup block, in input order. It is cut in chunks;
//! a chunk is compressed by every codec at every compressor block, or, where one of N is asked for, skipped.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use dgen::{Error, Result};

use crate::codec::{Codec, Engine};
use crate::crew;
use crate::options::Plan;

/// One codec at one compressor block.
#[derive(Clone, Copy)]
struct Job {
    codec: usize,
    block: usize,
}

/// The compressors of one thread.
struct Press {
    /// In the order of the plan's codecs.
    engines: Vec<Engine>,
    /// Bytes stored per job, each times its weight.
    stored: Vec<u64>,
}

/// Collects the unique part and compresses it.
pub(crate) struct Unique {
    presses: Vec<Press>,
    jobs: Vec<Job>,
    codecs: Vec<Codec>,
    chunk: usize,
    sample: u64,
    pending: Vec<u8>,
    chunks_done: u64,
    /// Contents that each block stands for, where the dedup table keeps only a sample.
    weight: u64,
    bytes: u64,
    compressed: u64,
    offered: u64,
}

/// What compression found, in bytes.
pub(crate) struct Compressed {
    /// In the unique part.
    pub(crate) unique: u64,
    /// Handed to each job.
    pub(crate) tried: u64,
    /// Ratio per job: codec, block, ratio.
    pub(crate) ratios: Vec<(Codec, u64, f64)>,
}

impl Unique {
    pub(crate) fn new(plan: &Plan) -> Result<Self> {
        let blocks = &plan.compress_blocks;
        let jobs: Vec<Job> =
            (0..plan.codecs.len()).flat_map(|codec| blocks.iter().map(move |&block| Job { codec, block })).collect();
        let press = |_| {
            let engines = plan.codecs.iter().map(|codec| Engine::new(*codec, plan.levels)).collect::<Result<_>>()?;
            Ok(Press { engines, stored: vec![0; jobs.len()] })
        };
        Ok(Self {
            presses: (0..plan.threads).map(press).collect::<Result<_>>()?,
            jobs,
            codecs: plan.codecs.clone(),
            chunk: plan.chunk,
            sample: plan.compress_sample,
            pending: Vec::new(),
            chunks_done: 0,
            weight: 1,
            bytes: 0,
            compressed: 0,
            offered: 0,
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
        let complete = self.pending.len() / self.chunk * self.chunk;
        self.compress(complete, cancel)
    }

    /// Compresses what is left; blocks that follow stand for `weight` contents each.
    pub(crate) fn flush(&mut self, weight: u64, cancel: &AtomicBool) -> Result<()> {
        self.compress(self.pending.len(), cancel)?;
        self.weight = weight;
        Ok(())
    }

    /// Compresses and removes the first `len` bytes of what is pending.
    fn compress(&mut self, len: usize, cancel: &AtomicBool) -> Result<()> {
        let (weight, sample, first) = (self.weight, self.sample, self.chunks_done);
        let chunks = || (first..).zip(self.pending[..len].chunks(self.chunk));
        let chosen: Vec<&[u8]> =
            chunks().filter(|(number, _)| number.is_multiple_of(sample)).map(|(_, chunk)| chunk).collect();
        let offered: u64 = chosen.iter().map(|chunk| chunk.len() as u64).sum();
        let count = chunks().count() as u64;

        let jobs = &self.jobs;
        let mut tasks = chosen.iter().flat_map(|chunk| (0..jobs.len()).map(move |job| (*chunk, job)));
        let failure: Mutex<Option<Error>> = Mutex::new(None);
        let next = |_: &mut Press| if cancel.load(Ordering::Relaxed) { None } else { tasks.next() };
        let work = |press: &mut Press, (chunk, job): (&[u8], usize)| {
            let Job { codec, block } = jobs[job];
            let engine = &mut press.engines[codec];
            match chunk.chunks(block).try_fold(0, |sum, raw| Ok(sum + engine.stored_bytes(raw)? as u64)) {
                Ok(stored) => press.stored[job] += stored * weight,
                Err(error) => *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
            }
        };
        crew::run(&mut self.presses, chosen.len() * jobs.len(), next, work);
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        self.chunks_done += count;
        self.compressed += offered;
        self.offered += offered * weight;
        self.pending.drain(..len);
        Ok(())
    }

    /// The results, once everything was flushed.
    pub(crate) fn report(&self) -> Compressed {
        let stored = |job: usize| self.presses.iter().map(|press| press.stored[job]).sum::<u64>();
        let ratio = |job| if self.offered == 0 { 1.0 } else { self.offered as f64 / stored(job) as f64 };
        let row = |(i, job): (usize, &Job)| (self.codecs[job.codec], job.block as u64, ratio(i));
        Compressed {
            unique: self.bytes,
            tried: self.compressed,
            ratios: self.jobs.iter().enumerate().map(row).collect(),
        }
    }
}
