//! Reading a data set as a data loader does: sample by sample, in an order of its own each time.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use dgen::driver::resolve_threads;
use dgen::{Error, ErrorKind, Result, Stream};
use dgen_io::{Dropped, Histogram, Order, Outcome, RankShare, Watch, drop_cached, open_to_read};

use crate::compare::{compare, read_up_to, size_of};
use crate::crew::{each, part};
use crate::file::DataFile;
use crate::generation::Generation;
use crate::layout::Layout;
use crate::manifest::Manifest;
use crate::report::{EpochReport, ReadReport, per_second};

/// Most samples that a thread takes at a time.
pub(crate) const MAX_BATCH: u64 = 1 << 20;
/// Bytes of a file read at a time, where the file is the sample.
const PIECE: usize = 1 << 20;
/// Files that are listed.
const LISTED: usize = 20;

/// How a data set is read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Threads; `None` for those that the machine allows.
    pub threads: Option<usize>,
    /// Passes over all samples.
    pub epochs: u64,
    /// The seed of the order, another one in each epoch; `None` for the order of the data.
    pub shuffle: Option<u64>,
    /// Bytes of a sample: a part of a file whose payload lies in one piece. `None` for the records of the format, and
    /// whole files where there are none.
    pub record: Option<u64>,
    /// Samples that a thread takes at a time.
    pub batch: u64,
    /// Compare each sample with what it should be.
    pub verify: bool,
    /// Read what the page cache holds, instead of dropping it before the first epoch.
    pub cached: bool,
    /// Which part of each epoch is this process's, where several share the work.
    pub ranks: Option<RankShare>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            threads: None,
            epochs: 1,
            shuffle: None,
            record: None,
            batch: 1,
            verify: false,
            cached: false,
            ranks: None,
        }
    }
}

/// Reads the samples of a data set, each exactly once in each epoch.
///
/// # Errors
/// When there is no manifest, or an option does not fit the data set. What goes wrong later is in the outcome.
pub fn read(folder: &Path, options: &ReadOptions, watch: Watch<'_>) -> Result<Outcome<ReadReport>> {
    let manifest = Manifest::find(folder)?;
    let wanted = manifest.layout.generation(manifest.generation)?;
    let stream = Stream::new(&manifest.layout.recipe)?;
    if options.epochs == 0 {
        return Err(Error::invalid("epochs", 0, "1 or more"));
    }
    if !(1..=MAX_BATCH).contains(&options.batch) {
        return Err(Error::invalid("batch-size", options.batch, &format!("1 to {MAX_BATCH}")));
    }
    let samples = Samples::of(&manifest.layout, &wanted, &stream, options.record)?;
    let threads = resolve_threads(options.threads)?;
    let job = Job { folder, layout: &manifest.layout, stream: &stream, options, wanted: &wanted, samples };
    Ok(job.run(threads, watch))
}

/// Where the samples are.
struct Samples {
    /// Bytes of each; `None` where files are samples.
    record: Option<u64>,
    /// Number of the first sample of each file, and of all samples.
    first: Vec<u64>,
}

/// One sample: a part of a file.
struct Sample {
    file: usize,
    at: u64,
    len: u64,
}

impl Samples {
    fn of(layout: &Layout, wanted: &Generation, stream: &Stream, asked: Option<u64>) -> Result<Self> {
        // Large files may have pieces where small ones have none.
        let in_one_piece =
            wanted.files.iter().all(|file| layout.format.payload_at(&layout.content(stream, file)).is_some());
        if asked == Some(0) {
            return Err(Error::invalid("record-size", 0, "1 byte or more"));
        }
        if asked.is_some() && !in_one_piece {
            let message = format!("the payload of {} files lies in pieces: the samples are whole files", layout.format);
            return Err(Error::new(ErrorKind::Usage, message).of("record-size"));
        }
        let record = asked.or_else(|| layout.record().or(layout.record)).filter(|_| in_one_piece);
        let mut first = Vec::with_capacity(wanted.files.len() + 1);
        let mut next = 0;
        for file in &wanted.files {
            first.push(next);
            next += record.map_or(1, |record| file.size / record);
        }
        first.push(next);
        if next == 0 {
            let accepted = "sizes that at least one file holds a whole sample of";
            return Err(Error::invalid("record-size", record.unwrap_or(0), accepted));
        }
        Ok(Self { record, first })
    }

    fn count(&self) -> u64 {
        self.first.last().copied().unwrap_or(0)
    }

    fn at(&self, layout: &Layout, stream: &Stream, wanted: &Generation, number: u64) -> Sample {
        let file = self.first.partition_point(|first| *first <= number) - 1;
        let held = &wanted.files[file];
        match self.record {
            Some(record) => {
                let begin = layout.format.payload_at(&layout.content(stream, held)).unwrap_or(0);
                Sample { file, at: begin + (number - self.first[file]) * record, len: record }
            }
            None => Sample { file, at: 0, len: size_of(layout, stream, held) },
        }
    }
}

struct Job<'a> {
    folder: &'a Path,
    layout: &'a Layout,
    stream: &'a Stream,
    options: &'a ReadOptions,
    wanted: &'a Generation,
    samples: Samples,
}

/// What a thread gathers, and what it holds on to.
#[derive(Default)]
struct Tally {
    bytes: u64,
    samples: u64,
    bad: u64,
    largest: u64,
    damaged: BTreeSet<usize>,
    latency: Histogram,
    open: Option<(usize, Arc<File>)>,
    held: Vec<u8>,
    wanted: Vec<u8>,
}

impl Job<'_> {
    fn run(&self, threads: usize, watch: Watch<'_>) -> Outcome<ReadReport> {
        let mut warnings = Vec::new();
        let mut error = if self.options.cached { None } else { self.drop_all(&mut warnings).err() };
        let begin = Instant::now();
        let (mut epochs, mut all) = (Vec::new(), Tally::default());
        for epoch in 0..self.options.epochs {
            if error.is_some() {
                break;
            }
            let (report, tally, failed) = self.epoch(epoch, threads, watch);
            epochs.push(report);
            all.add(&tally);
            error = failed;
        }
        let elapsed_ns = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let report = self.report(&all, epochs, elapsed_ns, threads, warnings, error.as_ref());
        Outcome { report, error }
    }

    fn epoch(&self, epoch: u64, threads: usize, watch: Watch<'_>) -> (EpochReport, Tally, Option<Error>) {
        let begin = Instant::now();
        let count = usize::try_from(self.samples.count()).unwrap_or(usize::MAX);
        let mine = part(self.options.ranks.as_ref(), count);
        let batch = usize::try_from(self.options.batch).expect("checked before");
        let batches = mine.len().div_ceil(batch);
        let order = self.options.shuffle.map_or(Order::Sequential, Order::Random);
        let crew = each(threads, 0..batches, watch, |tally: &mut Tally, number| {
            let first = mine.start + number * batch;
            for place in first..mine.end.min(first + batch) {
                self.one(order.at(place as u64, self.samples.count(), epoch), tally, watch)?;
            }
            Ok(())
        });
        let mut tally = Tally::default();
        crew.gathered.iter().for_each(|more| tally.add(more));
        let elapsed_ns = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let report = EpochReport {
            epoch,
            samples: tally.samples,
            bytes_read: tally.bytes,
            elapsed_ns,
            samples_per_s: per_second(tally.samples, elapsed_ns),
            bytes_per_s: per_second(tally.bytes, elapsed_ns),
        };
        (report, tally, crew.error)
    }

    fn one(&self, number: u64, tally: &mut Tally, watch: Watch<'_>) -> Result<()> {
        let sample = self.samples.at(self.layout, self.stream, self.wanted, number);
        let file = &self.wanted.files[sample.file];
        let path = self.folder.join(self.layout.path(file));
        let begin = Instant::now();
        let open = match &tally.open {
            Some((held, open)) if *held == sample.file => Arc::clone(open),
            _ => Arc::new(open_to_read(&path)?),
        };
        tally.open = Some((sample.file, Arc::clone(&open)));
        let bad = match self.samples.record {
            Some(_) => self.record(&sample, file, &open, &path, tally, begin)?,
            None => self.file(&sample, file, &open, &path, tally, begin, watch)?,
        };
        tally.samples += 1;
        tally.bytes += sample.len;
        tally.largest = tally.largest.max(sample.len);
        if bad {
            tally.bad += 1;
            tally.damaged.insert(sample.file);
        }
        watch.add(sample.len);
        Ok(())
    }

    /// Reads a record; whether it is bad, where that is asked.
    fn record(
        &self,
        sample: &Sample,
        file: &DataFile,
        open: &File,
        path: &Path,
        tally: &mut Tally,
        begin: Instant,
    ) -> Result<bool> {
        let len = usize::try_from(sample.len)
            .map_err(|_| Error::invalid("record-size", sample.len, "what fits in memory"))?;
        tally.held.resize(len, 0);
        fill(open, path, sample.at, &mut tally.held)?;
        tally.latency.add(begin.elapsed());
        if !self.options.verify {
            return Ok(false);
        }
        tally.wanted.resize(len, 0);
        let header = self.layout.format.payload_at(&self.layout.content(self.stream, file)).unwrap_or(0);
        self.expect(file, sample.at - header, &mut tally.wanted)?;
        Ok(tally.held != tally.wanted)
    }

    /// What a part of a payload should be.
    fn expect(&self, file: &DataFile, at: u64, wanted: &mut [u8]) -> Result<()> {
        let end = at + wanted.len() as u64;
        for part in file.segments() {
            let (from, to) = (part.at.max(at), (part.at + part.size).min(end));
            if from < to {
                let place = |byte: u64| usize::try_from(byte - at).expect("within the record");
                let stream = self.stream.version(part.version);
                stream.fill_at(file.offset + from, &mut wanted[place(from)..place(to)])?;
            }
        }
        Ok(())
    }

    /// Reads a whole file; whether it is bad, where that is asked.
    #[allow(clippy::too_many_arguments, reason = "what belongs to one sample")]
    fn file(
        &self,
        sample: &Sample,
        file: &DataFile,
        open: &File,
        path: &Path,
        tally: &mut Tally,
        begin: Instant,
        watch: Watch<'_>,
    ) -> Result<bool> {
        if self.options.verify {
            let found = compare(self.layout, self.stream, file, open, path, 0, Watch { done: None, ..watch })?;
            tally.latency.add(begin.elapsed());
            return Ok(!found.ok);
        }
        tally.held.resize(PIECE, 0);
        let mut at = 0;
        while at < sample.len {
            let len = usize::try_from(sample.len - at).map_or(PIECE, |left| left.min(PIECE));
            fill(open, path, at, &mut tally.held[..len])?;
            at += len as u64;
        }
        tally.latency.add(begin.elapsed());
        Ok(false)
    }

    fn drop_all(&self, warnings: &mut Vec<String>) -> Result<()> {
        let mut kept = 0_u64;
        for file in &self.wanted.files {
            kept += u64::from(drop_cached(&self.folder.join(self.layout.path(file)))? != Dropped::Yes);
        }
        if kept > 0 {
            warnings.push(format!("{kept} files could not be dropped from memory: the first epoch may have read it"));
        }
        Ok(())
    }

    fn report(
        &self,
        all: &Tally,
        epochs: Vec<EpochReport>,
        elapsed_ns: u64,
        threads: usize,
        warnings: Vec<String>,
        error: Option<&Error>,
    ) -> ReadReport {
        let path = |index: &usize| self.layout.path(&self.wanted.files[*index]);
        let damaged: Vec<PathBuf> = all.damaged.iter().take(LISTED).map(path).collect();
        ReadReport {
            bytes_read: all.bytes,
            samples: all.samples,
            elapsed_ns,
            samples_per_s: per_second(all.samples, elapsed_ns),
            bytes_per_s: per_second(all.bytes, elapsed_ns),
            latency_ns: all.latency.latency(),
            sample: if self.samples.record.is_some() { "record" } else { "file" }.to_owned(),
            sample_size: all.largest,
            batch_size: self.options.batch,
            epochs,
            samples_per_epoch: self.samples.count(),
            shuffle_seed: self.options.shuffle,
            verified: self.options.verify,
            samples_bad: all.bad,
            damaged,
            threads,
            path: self.folder.to_owned(),
            generation: self.wanted.number,
            recipe: self.layout.recipe,
            ranks: self
                .options
                .ranks
                .as_ref()
                .map(|share| share.report(true, Some(self.layout.offset), Some(self.wanted.bytes()))),
            warnings,
            error: error.map(ToString::to_string),
        }
    }
}

impl Tally {
    fn add(&mut self, more: &Self) {
        self.bytes += more.bytes;
        self.samples += more.samples;
        self.bad += more.bad;
        self.largest = self.largest.max(more.largest);
        self.damaged.extend(&more.damaged);
        self.latency.merge(&more.latency);
    }
}

/// Fills a buffer from a place in a file.
fn fill(open: &File, path: &Path, at: u64, held: &mut [u8]) -> Result<()> {
    let wrong = |error| Error::io("read", path, Some(at), error);
    if read_up_to(open, at, held).map_err(wrong)? < held.len() {
        return Err(wrong(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(())
}
