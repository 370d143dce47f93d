//! Writing objects.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use dgen::driver::resolve_threads;
use dgen::error::Message;
use dgen::{Error, ErrorKind, Result};
use dgen_io::{Outcome, RankShare, Watch};
use object_store::path::Path;
use tokio::sync::Semaphore;

use crate::access::{Access, Target};
use crate::crew::{Crew, each};
use crate::listing::part;
use crate::location::{Location, Scheme};
use crate::payload::Buffers;
use crate::put::{Put, Tally};
use crate::report::{WriteReport, failed, nanoseconds, per_second, share};
use crate::set::ObjectSet;
use crate::stop::{Stop, run};

/// Requests in flight, unless said.
pub const DEFAULT_CONCURRENCY: usize = 16;
/// Most requests in flight.
pub const MAX_CONCURRENCY: usize = 4096;
/// Bytes of a part, unless said; larger where objects would have too many.
pub const DEFAULT_PART: u64 = 8 << 20;
/// The smallest part that stores take, but for the last of an object.
pub const SMALLEST_PART: u64 = 5 << 20;
/// The largest part that stores take.
pub const LARGEST_PART: u64 = 5 << 30;
/// Most parts of an object.
pub const MAX_PARTS: u64 = 10_000;

/// How objects are written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// How the store is reached.
    pub access: Access,
    /// Requests in flight, 1 to [`MAX_CONCURRENCY`]; each has a buffer of a part, or of an object that is smaller.
    pub concurrency: usize,
    /// Most bytes of a request, [`SMALLEST_PART`] to [`LARGEST_PART`]: larger objects are sent in parts. `None` for
    /// [`DEFAULT_PART`], or more where an object would have more than [`MAX_PARTS`].
    pub part_size: Option<u64>,
    /// Threads; `None` for those that the machine allows.
    pub threads: Option<usize>,
    /// Keep objects that are as they should be, by what they say of themselves and their size.
    pub resume: bool,
    /// Write over objects that are there.
    pub force: bool,
    /// Which part of the objects is this process's, where several share the work.
    pub ranks: Option<RankShare>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            access: Access::default(),
            concurrency: DEFAULT_CONCURRENCY,
            part_size: None,
            threads: None,
            resume: false,
            force: false,
            ranks: None,
        }
    }
}

impl WriteOptions {
    /// Bytes of a part, where the largest object has so many.
    fn part(&self, largest: u64) -> Result<u64> {
        let Some(part) = self.part_size else {
            return Ok(DEFAULT_PART.max(largest.div_ceil(MAX_PARTS).next_multiple_of(1 << 20)));
        };
        let accepted = format!("{SMALLEST_PART} to {LARGEST_PART} bytes");
        if !(SMALLEST_PART..=LARGEST_PART).contains(&part) {
            return Err(Error::invalid("part size", part, &accepted));
        }
        if largest.div_ceil(part) > MAX_PARTS {
            let least = largest.div_ceil(MAX_PARTS);
            let accepted =
                format!("at least {least} for objects of {largest} bytes, which have {MAX_PARTS} parts at most");
            return Err(Error::invalid("part size", part, &accepted));
        }
        Ok(part)
    }
}

/// Refuses numbers and sizes of requests for data that are none.
pub(crate) fn check_requests(concurrency: usize, part_size: u64) -> Result<()> {
    check_concurrency(concurrency)?;
    if part_size == 0 {
        return Err(Error::invalid("part size", 0, "1 byte or more"));
    }
    Ok(())
}

/// Refuses a number of requests that is none.
fn check_concurrency(concurrency: usize) -> Result<()> {
    if (1..=MAX_CONCURRENCY).contains(&concurrency) {
        return Ok(());
    }
    Err(Error::invalid("concurrency", concurrency, &format!("1 to {MAX_CONCURRENCY}")))
}

/// Writes the objects of a set, or those of this process's part.
///
/// # Errors
/// When an option does not fit, the store cannot be reached like this, or objects are there that nobody asked to write over.
/// What goes wrong later is in the outcome.
pub fn write(set: ObjectSet, options: &WriteOptions, watch: Watch<'_>) -> Result<Outcome<WriteReport>> {
    let threads = resolve_threads(options.threads)?;
    check_concurrency(options.concurrency)?;
    let part_size = options.part(set.ranges().iter().map(|range| range.size).max().unwrap_or(0))?;
    let mine = part(options.ranks.as_ref(), set.ranges().len())?;
    let target = Target::open(set.location(), &options.access)?;
    run(threads, watch, |stop| async move {
        let present = present(&target, &set, mine.clone(), options, &stop).await?;
        let put = Put {
            target,
            set,
            part: part_size,
            permits: Arc::new(Semaphore::new(options.concurrency)),
            buffers: Buffers::default(),
            present: options.resume.then_some(present),
            force: options.force,
            stop: stop.clone(),
        };
        let (put, begin) = (Arc::new(put), Instant::now());
        let mut crew = each(Arc::clone(&put), options.concurrency, mine, &stop).await;
        let elapsed_ns = nanoseconds(begin.elapsed());
        let mut all = Tally::default();
        for more in crew.gathered.drain(..) {
            all.add(&more);
        }
        Ok(outcome(&put, options, threads, &all, crew, elapsed_ns))
    })?
}

/// The set that objects there say they belong to, so that an interrupted run is continued without its options.
///
/// # Errors
/// When there are none, they say nothing, or it cannot be found out.
pub fn recall(location: &Location, access: &Access, watch: Watch<'_>) -> Result<ObjectSet> {
    let target = Target::open(location, access)?;
    run(1, watch, |stop| async move {
        for listed in target.objects(&stop).await? {
            let Some(said) = target.said(&listed.key, &stop).await? else { continue };
            if said.set.is_some() || (said.mark.file.is_none() && listed.key == *location.path()) {
                return ObjectSet::told(location.clone(), &said);
            }
        }
        let message = Message::from(format!("{location}: no object says which others its set has; give "));
        Err(Error::new(ErrorKind::Usage, message.option("objects").text(" and ").option("object size")))
    })?
}

/// The objects that are there already, and their sizes; refuses to lose them.
async fn present(
    target: &Target,
    set: &ObjectSet,
    mine: Range<usize>,
    options: &WriteOptions,
    stop: &Stop,
) -> Result<HashMap<Path, u64>> {
    if options.force && !options.resume {
        return Ok(HashMap::new());
    }
    let listed = if set.is_single() {
        target.look(&set.key(0), stop).await?.into_iter().collect()
    } else {
        target.list(stop).await?
    };
    let present: HashMap<Path, u64> = listed.into_iter().map(|listed| (listed.key, listed.size)).collect();
    let mut there = mine.map(|index| set.key(index)).filter(|key| present.contains_key(key));
    if let Some(first) = there.next().filter(|_| !options.resume) {
        let more = there.count();
        let others = if more == 0 { String::new() } else { format!(" and {more} others of the set are") };
        let is = if more == 0 { " is" } else { "" };
        let message = format!("{}{others}{is} there already; ", target.location.url(&first));
        let message = Message::from(message).option("resume").text(" keeps what is right, ").option("force");
        return Err(Error::new(ErrorKind::Refused, message.text(" overwrites")));
    }
    Ok(present)
}

fn outcome(
    put: &Put,
    options: &WriteOptions,
    threads: usize,
    all: &Tally,
    crew: Crew<Tally>,
    elapsed_ns: u64,
) -> Outcome<WriteReport> {
    let (set, target) = (&put.set, &put.target);
    let error = crew.error;
    let mut warnings = Vec::new();
    if all.unmarked > 0 {
        warnings
            .push("the file system has no extended attributes: files are verified with their recipe alone".to_owned());
    }
    if target.location.scheme() == Scheme::File {
        warnings.push("files are written by the client of the object store: `dgen write FOLDER` is faster".to_owned());
    }
    let recipe = *set.stream().recipe();
    let size = set.size();
    let report = WriteReport {
        bytes_written: all.bytes,
        elapsed_ns,
        bytes_per_s: per_second(all.bytes, elapsed_ns),
        objects_written: all.written,
        objects_kept: all.kept,
        objects_failed: crew.failures.len() as u64,
        objects_per_s: per_second(all.written, elapsed_ns),
        latency_ns: all.latency.latency(),
        latency_counts: all.latency.counts(),
        object_latency_ns: all.object_latency.latency(),
        generation_bound: share(all.generating, all.waiting),
        traffic: target.traffic(options.concurrency, put.part, threads),
        objects: set.ranges().len() as u64,
        size,
        recipe,
        stream_version: set.stream().version_number(),
        seed: recipe.seed(),
        offset: set.offset(),
        ranks: options.ranks.as_ref().map(|share| share.report(false, Some(set.offset()), Some(size))),
        failed: failed(&crew.failures, |index| target.location.url(&set.key(index))),
        warnings,
        error: error.as_ref().map(ToString::to_string),
    };
    Outcome { report, error }
}
