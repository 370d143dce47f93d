//! Last phase of a round for a model: what a storage system would allocate for its records.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use dgen::{Error, Result};

use crate::codec::Engine;
use crate::crew;
use crate::grid::Grid;
use crate::keep::keeps;
use crate::layout::{Layout, Record, Step};
use crate::model::{Decisions, Model, Packer, Pool, System, looks_compressible};
use crate::options::Plan;
use crate::report::Modelled;
use crate::scan::Scan;
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
    /// Whether whole files are stored once.
    once: bool,
    layout: Layout,
    sample: Sample,
    /// Records seen.
    number: u64,
    /// What is stored, and what of the current input is unless it was there before.
    stored: Account,
    open: Account,
    decisions: Decisions,
    packer: Packer,
    /// Bytes of the records that the packer was handed, and of holes between them.
    packed: u64,
    /// Pages of memory that records share.
    pool: Pool,
    threads: usize,
}

keeps!(Simulation: layout, number, stored, open, decisions, packer, packed, pool);

/// Records and their space.
#[derive(Clone, Default)]
struct Account {
    /// Bytes of all records, as often as they stand for contents.
    bytes: u64,
    tally: Tally,
    holes: u64,
    raw: u64,
}

keeps!(Account: bytes, tally, holes, raw);

impl Account {
    /// Adds what the other holds, and empties it.
    fn merge(&mut self, other: &mut Self) {
        let other = std::mem::take(other);
        self.bytes += other.bytes;
        self.tally.merge(&other.tally);
        self.holes += other.holes;
        self.raw += other.raw;
    }
}

/// What compressing a record has shown.
#[derive(Clone, Copy)]
struct Tried {
    size: u64,
    /// Whether it looked as if it could be compressed.
    looks: bool,
}

impl Simulation {
    pub(crate) fn new(model: &Model, plan: &Plan) -> Result<Self> {
        // What a fragment shares a block with depends on its neighbours, and so does what a file system has given up.
        let of = if matches!(model.system, System::Vdo | System::BtrfsAuto) { 1 } else { plan.model_sample };
        let engine = |_| Engine::new(model.codec, model.levels());
        let is_packed = model.system == System::Squashfs;
        let once = plan.dedup && is_packed;
        Ok(Self {
            engines: (0..plan.threads).map(engine).collect::<Result<_>>()?,
            dedup: plan.dedup && model.dedups(),
            once,
            layout: Layout::new(model.record, is_packed, once),
            sample: Sample::new(of, model.record),
            model: model.clone(),
            number: 0,
            stored: Account::default(),
            open: Account::default(),
            decisions: Decisions::default(),
            packer: Packer::default(),
            packed: 0,
            pool: Pool::default(),
            threads: plan.threads,
        })
    }

    /// Takes the records of a round, which the grids have counted.
    pub(crate) fn take(&mut self, scan: &Scan, grids: &[Grid], cancel: &AtomicBool) -> Result<()> {
        let grid = grids.iter().find(|grid| self.dedup && grid.block() == self.model.record);
        let Some(grid) = grid else {
            let steps = self.layout.steps(scan);
            return self.store(&steps, 1, cancel);
        };
        let record = |number: &u32| {
            let bytes = Cow::Borrowed(&scan.data()[grid.spans()[*number as usize].clone()]);
            Step::Record(Record { bytes, at: 0, is_whole: false, is_shared: true })
        };
        let steps: Vec<Step<'_>> = grid.new_blocks().iter().map(record).collect();
        self.store(&steps, 1 << grid.distinct.level(), cancel)
    }

    /// Takes what is left, once all was read.
    pub(crate) fn finish(&mut self, cancel: &AtomicBool) -> Result<()> {
        let rest: Vec<Step<'_>> = self.layout.rest().into_iter().collect();
        self.store(&rest, 1, cancel)?;
        self.stored.merge(&mut self.open);
        Ok(())
    }

    /// Stores records that stand for `weight` contents each.
    fn store(&mut self, steps: &[Step<'_>], weight: u64, cancel: &AtomicBool) -> Result<()> {
        let first = self.number;
        let mut chosen = Vec::new();
        for step in steps {
            if let Step::Record(record) = step {
                if self.sample.takes(self.number) {
                    chosen.push(&*record.bytes);
                }
                self.number += 1;
            }
        }
        let mut sizes = self.compress(&chosen, cancel)?.into_iter();
        let mut number = first;
        for step in steps {
            match step {
                Step::End { fresh: true } => self.stored.merge(&mut self.open),
                Step::End { fresh: false } => self.open = Account::default(),
                Step::Record(record) => {
                    let account = if self.once && !record.is_shared { &mut self.open } else { &mut self.stored };
                    account.bytes += record.bytes.len() as u64 * weight;
                    if self.sample.takes(number) {
                        let Some(tried) = sizes.next().filter(|tried| tried.size != UNKNOWN) else { return Ok(()) };
                        self.account(record, tried, weight, self.sample.is_head(number));
                    }
                    number += 1;
                }
            }
        }
        Ok(())
    }

    /// The size of each record: of its compressed form, or `HOLE`.
    fn compress(&mut self, records: &[&[u8]], cancel: &AtomicBool) -> Result<Vec<Tried>> {
        let model = &self.model;
        let mut sizes = vec![Tried { size: UNKNOWN, looks: true }; records.len()];
        let failure: Mutex<Option<Error>> = Mutex::new(None);
        let mut batches = records.chunks(BATCH).zip(sizes.chunks_mut(BATCH));
        let next = |_: &mut Engine| if cancel.load(Ordering::Relaxed) { None } else { batches.next() };
        let work = |engine: &mut Engine, (records, sizes): (&[&[u8]], &mut [Tried])| {
            for (raw, tried) in records.iter().zip(sizes) {
                if model.is_hole(raw) {
                    tried.size = HOLE;
                    continue;
                }
                tried.looks = model.system != System::BtrfsAuto || looks_compressible(raw);
                match engine.stored_bytes(raw) {
                    Ok(stored) => tried.size = stored as u64,
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
    fn account(&mut self, record: &Record<'_>, tried: Tried, weight: u64, head: bool) {
        let (len, size) = (record.bytes.len() as u64, tried.size);
        let packs = self.model.system == System::Vdo;
        let compressed = |size| self.model.allocated(len, size, record.is_whole);
        let allocated = match size {
            HOLE => 0,
            _ if packs => size,
            _ if self.model.system == System::BtrfsAuto => {
                let saves = compressed(size) < compressed(len);
                let compresses = self.decisions.compresses(record.at, tried.looks, saves);
                if compresses { compressed(size) } else { compressed(len) }
            }
            _ => compressed(size),
        };
        if packs {
            self.packed += len;
            if size != HOLE {
                self.packer.add(size);
            }
        }
        if self.model.system == System::Zram && size != HOLE {
            self.pool.add(size);
        }
        let account = if self.once && !record.is_shared { &mut self.open } else { &mut self.stored };
        account.holes += u64::from(size == HOLE);
        account.raw += u64::from(allocated >= len);
        account.tally.add(Stored { len, size: allocated, is_zero: size == HOLE }, weight, head);
    }

    /// The result for `bytes` of data.
    pub(crate) fn report(&self, bytes: u64) -> (String, Modelled) {
        let Account { bytes: offered, tally, holes, raw } = &self.stored;
        let found = tally.records(*offered, self.sample);
        let mut allocated = if found.stored_bytes == 0 { 0.0 } else { *offered as f64 / found.ratio };
        if self.model.system == System::Vdo {
            // Where the dedup table holds a sample, that is packed, and stands for all.
            allocated = self.packer.bytes() as f64 * *offered as f64 / self.packed.max(1) as f64;
        }
        let unfilled_bytes = self.pool.unfilled(found.share >= 1.0);
        allocated += unfilled_bytes as f64;
        (
            self.model.name().to_owned(),
            Modelled {
                ratio: (allocated > 0.0).then(|| bytes as f64 / allocated),
                error: found.error,
                allocated_bytes: whole(allocated),
                unfilled_bytes,
                record_bytes: *offered,
                share: found.share,
                records: found.records,
                holes: *holes,
                raw: *raw,
                record: self.model.record,
                dedup: self.dedup || self.once,
                codec: self.model.codec,
                engine: self.model.codec.engine(self.model.levels()),
                source: self.model.system.source().to_owned(),
            },
        )
    }
}

/// The nearest whole number of bytes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
fn whole(bytes: f64) -> u64 {
    bytes.round() as u64
}
