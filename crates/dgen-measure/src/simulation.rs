//! Last phase of a round for a model: what a storage system would allocate for its records.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use dgen::{Error, Result};

use crate::codec::Engine;
use crate::crew;
use crate::grid::Grid;
use crate::model::{Model, Packer, System};
use crate::options::Plan;
use crate::report::Modelled;
use crate::scan::{Piece, Scan};
use crate::tally::{Sample, Stored, Tally};

/// Records that a thread takes at a time.
const BATCH: usize = 64;

/// Stands for the size of a hole, and of a record that was not compressed for it was stopped.
const HOLE: u64 = 0;
const UNKNOWN: u64 = u64::MAX;

/// One model, and what it has allocated.
pub(crate) struct Simulation {
    model: Model,
    /// One per thread.
    engines: Vec<Engine>,
    /// Whether only the first occurrence of a record is stored.
    dedup: bool,
    sample: Sample,
    /// Records seen, and their bytes, as often as they stand for contents.
    number: u64,
    bytes: u64,
    tally: Tally,
    holes: u64,
    raw: u64,
    packer: Packer,
    /// Bytes of the records that the packer was handed, and of holes between them.
    packed: u64,
    threads: usize,
}

impl Simulation {
    pub(crate) fn new(model: &Model, plan: &Plan) -> Result<Self> {
        // What a fragment shares a block with depends on its neighbours.
        let of = if model.system == System::Vdo { 1 } else { plan.model_sample };
        let engine = |_| Engine::new(model.codec, model.levels());
        Ok(Self {
            engines: (0..plan.threads).map(engine).collect::<Result<_>>()?,
            dedup: plan.dedup && model.dedups(),
            sample: Sample::new(of, model.record),
            model: model.clone(),
            number: 0,
            bytes: 0,
            tally: Tally::default(),
            holes: 0,
            raw: 0,
            packer: Packer::default(),
            packed: 0,
            threads: plan.threads,
        })
    }

    /// Takes the records of a round, which the grids have counted.
    pub(crate) fn take(&mut self, scan: &Scan, grids: &[Grid], cancel: &AtomicBool) -> Result<()> {
        let grid = grids.iter().find(|grid| self.dedup && grid.block() == self.model.record);
        let weight = grid.map_or(1, |grid| 1 << grid.distinct.level());
        let records: Vec<Range<usize>> = match grid {
            Some(grid) => grid.new_blocks().iter().map(|number| grid.spans()[*number as usize].clone()).collect(),
            None => cut(scan, usize::try_from(self.model.record).expect("records are small")),
        };
        let mut chosen = Vec::new();
        for record in records {
            self.bytes += record.len() as u64 * weight;
            if self.sample.takes(self.number) {
                chosen.push((record, self.sample.is_head(self.number)));
            }
            self.number += 1;
        }
        let sizes = self.compress(scan.data(), &chosen, cancel)?;
        for ((record, head), size) in chosen.iter().zip(sizes).take_while(|(_, size)| *size != UNKNOWN) {
            self.account(record.len() as u64, size, weight, *head);
        }
        Ok(())
    }

    /// The size of each record: of its compressed form, or `HOLE`.
    fn compress(&mut self, data: &[u8], records: &[(Range<usize>, bool)], cancel: &AtomicBool) -> Result<Vec<u64>> {
        let model = &self.model;
        let mut sizes = vec![UNKNOWN; records.len()];
        let failure: Mutex<Option<Error>> = Mutex::new(None);
        let mut batches = records.chunks(BATCH).zip(sizes.chunks_mut(BATCH));
        let next = |_: &mut Engine| if cancel.load(Ordering::Relaxed) { None } else { batches.next() };
        let work = |engine: &mut Engine, (records, sizes): (&[(Range<usize>, bool)], &mut [u64])| {
            for ((record, _), size) in records.iter().zip(sizes) {
                let raw = &data[record.clone()];
                if model.is_hole(raw) {
                    *size = HOLE;
                    continue;
                }
                match engine.stored_bytes(raw) {
                    Ok(stored) => *size = stored as u64,
                    Err(error) => *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                }
            }
        };
        crew::run(&mut self.engines, records.len().div_ceil(BATCH).min(self.threads), next, work);
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(sizes),
        }
    }

    /// Allocates space for a record, in the order of the data.
    fn account(&mut self, len: u64, size: u64, weight: u64, head: bool) {
        let packs = self.model.system == System::Vdo;
        let allocated = match size {
            HOLE => 0,
            _ if packs => size,
            _ => self.model.allocated(len, size),
        };
        self.holes += u64::from(size == HOLE);
        self.raw += u64::from(allocated >= len);
        if packs {
            self.packed += len;
            if size != HOLE {
                self.packer.add(size);
            }
        }
        self.tally.add(Stored { len, size: allocated, is_zero: size == HOLE }, weight, head);
    }

    /// The result for `bytes` of data.
    pub(crate) fn report(&self, bytes: u64) -> (String, Modelled) {
        let found = self.tally.records(self.bytes, self.sample);
        let mut allocated = if found.stored_bytes == 0 { 0.0 } else { self.bytes as f64 / found.ratio };
        if self.model.system == System::Vdo {
            // Where the dedup table holds a sample, that is packed, and stands for all.
            allocated = self.packer.bytes() as f64 * self.bytes as f64 / self.packed.max(1) as f64;
        }
        (
            self.model.name().to_owned(),
            Modelled {
                ratio: (allocated > 0.0).then(|| bytes as f64 / allocated),
                error: found.error,
                allocated_bytes: whole(allocated),
                record_bytes: self.bytes,
                share: found.share,
                records: found.records,
                holes: self.holes,
                raw: self.raw,
                record: self.model.record,
                dedup: self.dedup,
                codec: self.model.codec,
                engine: self.model.codec.engine(self.model.levels()),
                source: self.model.system.source().to_owned(),
            },
        )
    }
}

/// The records of a round, each input cut from its start.
fn cut(scan: &Scan, record: usize) -> Vec<Range<usize>> {
    let starts = |len: usize| (0..len).step_by(record);
    let piece =
        |&Piece { start, len, .. }: &Piece| starts(len).map(move |at| start + at..start + (at + record).min(len));
    scan.pieces().iter().flat_map(piece).collect()
}

/// The nearest whole number of bytes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
fn whole(bytes: f64) -> u64 {
    bytes.round() as u64
}
