//! Reading objects as a benchmark.

use std::sync::Arc;
use std::time::Instant;

use dgen::Result;
use dgen::driver::resolve_threads;
use dgen_io::{Outcome, RankShare, Watch};

use crate::access::{Access, Target};
use crate::crew::each;
use crate::get::{Get, Tally, Wanted, parts, whole};
use crate::listing::part;
use crate::location::Location;
use crate::report::{ReadReport, failed, nanoseconds, per_second};
use crate::stop::{Stop, run};
use crate::write::{DEFAULT_CONCURRENCY, DEFAULT_PART, check_requests};

/// How objects are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadOptions {
    /// How the store is reached.
    pub access: Access,
    /// Requests in flight.
    pub concurrency: usize,
    /// Most bytes that one request asks for.
    pub part_size: u64,
    /// Threads; `None` for those that the machine allows.
    pub threads: Option<usize>,
    /// Which part of the objects is this process's, where several share the work.
    pub ranks: Option<RankShare>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            access: Access::default(),
            concurrency: DEFAULT_CONCURRENCY,
            part_size: DEFAULT_PART,
            threads: None,
            ranks: None,
        }
    }
}

/// Reads the object that a location names, or those below it.
///
/// # Errors
/// When there are none, or the store cannot be reached like this. What goes wrong later is in the outcome.
pub fn read(location: &Location, options: &ReadOptions, watch: Watch<'_>) -> Result<Outcome<ReadReport>> {
    let threads = resolve_threads(options.threads)?;
    check_requests(options.concurrency, options.part_size)?;
    let target = Target::open(location, &options.access)?;
    run(threads, watch, |stop| read_all(target, options, threads, stop))?
}

async fn read_all(target: Target, options: &ReadOptions, threads: usize, stop: Stop) -> Result<Outcome<ReadReport>> {
    let listing = Instant::now();
    let listed = Arc::new(target.objects(&stop).await?);
    let list_ns = nanoseconds(listing.elapsed());
    let mine = part(options.ranks.as_ref(), listed.len())?;
    let parts: Vec<_> = parts(&listed, mine, options.part_size).collect();
    let (count, begin) = (parts.len(), Instant::now());
    let get = Get {
        target: target.clone(),
        listed: Arc::clone(&listed),
        parts,
        wanted: Wanted::Nothing,
        limit: 0,
        stop: stop.clone(),
    };
    let get = Arc::new(get);
    let mut crew = each(Arc::clone(&get), options.concurrency, 0..count, &stop).await;
    let elapsed_ns = nanoseconds(begin.elapsed());
    let mut all = Tally::default();
    for more in crew.gathered.drain(..) {
        all.add(more);
    }
    let error = crew.error;
    let whole = whole(&get.parts, &all.done);
    let report = ReadReport {
        bytes_read: all.bytes,
        elapsed_ns,
        bytes_per_s: per_second(all.bytes, elapsed_ns),
        objects_read: whole,
        objects_failed: crew.failures.len() as u64,
        objects_per_s: per_second(whole, elapsed_ns),
        first_byte_ns: all.first_byte.latency(),
        latency_ns: all.latency.latency(),
        latency_counts: all.latency.counts(),
        list_ns,
        traffic: target.traffic(options.concurrency, options.part_size, threads),
        objects: listed.len() as u64,
        failed: failed(&crew.failures, |thing| target.location.url(&listed[get.parts[thing].object].key)),
        ranks: options.ranks.as_ref().map(|share| share.report(false, None, None)),
        warnings: Vec::new(),
        error: error.as_ref().map(ToString::to_string),
    };
    Ok(Outcome { report, error })
}
