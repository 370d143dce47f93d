//! Buffers and workers of an operation: defaults, ranges, and rounding.

mod room;

use dgen::units::{exact_size, human_size};
use dgen::{Error, Result};

use crate::engine::kind::EngineKind;
use crate::options::io::IoOptions;

/// Default bytes of one I/O: large enough for devices, small enough to stay in a core's own cache.
pub const DEFAULT_BUFFER: u64 = 1 << 20;
/// Largest buffer.
pub const MAX_BUFFER: u64 = 256 << 20;
/// Workers on storage, unless told otherwise: this many, or as many as there are threads if that is less.
pub const DEFAULT_WORKERS: usize = 4;
/// Most workers.
pub const MAX_WORKERS: usize = 1024;
/// Most buffers of all workers.
pub(crate) const MAX_BUFFERS: usize = 1 << 20;
/// Most memory that all buffers together may take.
const MAX_MEMORY: u64 = 8 << 30;

/// Memory of the buffers that rest, with direct I/O and `io_uring`. A buffer rests after its write until as much has been
/// written: by then it has left the cache of whatever moved it, from where a refill would have to fetch it.
const RESTING_MEMORY: u64 = 32 << 20;

/// Bytes that generators are handed together, where I/Os are smaller.
pub(crate) const HANDOUT: usize = 128 << 10;
/// Most generators that may be asked for.
pub const MAX_GENERATORS: usize = 1024;
/// Most memory of the buffers that generators get where nobody asked for them.
const SUPPLY_MEMORY: u64 = 256 << 20;

/// What the caller chose of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) buffer_size: Option<u64>,
    pub(crate) workers: Option<usize>,
    pub(crate) threads: Option<usize>,
    /// Workers without a choice: all threads where nothing waits for storage.
    pub(crate) waits: bool,
    pub(crate) depth: Option<usize>,
    pub(crate) buffer_count: Option<usize>,
    /// Buffers that each I/O gathers; 0 is one.
    pub(crate) vectored: usize,
    /// Whether buffers are filled and written directly, and so rest between two uses.
    pub(crate) direct: bool,
    /// Threads that generate beside the workers; `None`: as many as processors are left, when they are needed.
    pub(crate) generators: Option<usize>,
    /// Whether data is generated.
    pub(crate) generates: bool,
}

/// Validated and rounded.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Bytes of one I/O, that is, of all buffers that it gathers.
    pub(crate) buffer: u64,
    /// Buffers that each I/O gathers.
    pub(crate) vectored: u64,
    pub(crate) workers: usize,
    /// I/Os that each worker keeps in flight.
    pub(crate) depth: usize,
    /// Buffers of each worker.
    pub(crate) buffers: usize,
    /// Those of them that are left empty, the longest unused first to be filled; 0: the last used first.
    pub(crate) resting: usize,
    /// Threads that may generate beside the workers.
    pub(crate) generators: usize,
    /// Whether they wait until they are needed.
    pub(crate) engages: bool,
    pub(crate) warnings: Vec<String>,
}

impl Wish {
    /// What options for I/Os say of it, for a run of so many threads.
    pub(crate) fn of(options: &IoOptions, threads: usize) -> Self {
        let IoOptions { depth, buffer_count, vectored, .. } = *options;
        Self { threads: Some(threads), depth, buffer_count, vectored, ..Self::default() }
    }

    /// Checks the values for an operation of so many bytes, and rounds the buffer up to `alignment`; no more workers and
    /// buffers than the data fills.
    pub(crate) fn plan(self, alignment: u64, bytes: u64, engine: &EngineKind) -> Result<Plan> {
        let threads = dgen::driver::resolve_threads(self.threads)?;
        let default = if self.waits { threads.min(DEFAULT_WORKERS) } else { threads.min(MAX_WORKERS) };
        let workers = self.workers.unwrap_or(default);
        if !(1..=MAX_WORKERS).contains(&workers) {
            return Err(Error::invalid("workers", workers, &format!("1 to {MAX_WORKERS}")));
        }
        let asked = self.buffer_size.unwrap_or(DEFAULT_BUFFER);
        if !(1..=MAX_BUFFER).contains(&asked) {
            return Err(Error::invalid("buffer size", asked, "1 byte to 256 MiB"));
        }
        let mut warnings = Vec::new();
        let buffer = asked.next_multiple_of(alignment);
        if buffer != asked {
            let (asked, buffer) = (exact_size(asked), exact_size(buffer));
            warnings.push(format!("buffer size rounded up from {asked} to {buffer}, a multiple of {alignment}"));
        }
        let vectored = self.vectored.max(1) as u64;
        if buffer.saturating_mul(vectored) > MAX_BUFFER {
            let given = format!("{vectored} (with buffers of {})", exact_size(buffer));
            return Err(Error::invalid("vectored", given, "256 MiB or less in one I/O"));
        }
        let buffer = buffer * vectored;
        let extents = usize::try_from(bytes.div_ceil(buffer)).unwrap_or(usize::MAX).max(1);
        let workers = workers.min(extents);
        let asked = self.generators(threads, workers, buffer, engine)?;
        let each = asked.div_ceil(workers);
        let (depth, buffers) = self.queue(workers, extents, buffer, each, engine, &mut warnings)?;
        // As many wait filled as are in flight, so that completions in bulk are answered in bulk.
        let working = self.working(depth, each, buffer, engine).max(2 * depth);
        let resting = if self.direct { buffers.saturating_sub(working) } else { 0 };
        // A helper needs a buffer while the worker fills another one.
        let generators = asked.min((buffers - resting).saturating_sub(1) * workers);
        if generators < asked && self.generators.is_some() {
            warnings.push(format!("generators lowered from {asked} to {generators}: there are no buffers for more"));
        }
        if buffer.saturating_mul(workers as u64).saturating_mul(buffers as u64) > MAX_MEMORY {
            let given = format!("{} for each of {} buffers", human_size(buffer), workers * buffers);
            return Err(Error::invalid("buffer size", given, &format!("{} in all", human_size(MAX_MEMORY))));
        }
        let engages = self.generators.is_none();
        Ok(Plan { buffer, vectored, workers, depth, buffers, resting, generators, engages, warnings })
    }

    /// Threads beside the workers that may generate.
    fn generators(self, threads: usize, workers: usize, buffer: u64, engine: &EngineKind) -> Result<usize> {
        match self.generators {
            _ if !self.generates => Ok(0),
            Some(asked) if asked <= MAX_GENERATORS => Ok(asked),
            Some(asked) => Err(Error::invalid("generators", asked, &format!("0 to {MAX_GENERATORS}"))),
            // Where nothing is stored, the workers alone are what is measured.
            None if !self.waits || !engine.keeps_data() => Ok(0),
            None => {
                let one = to_fill(1, buffer) as u64 * buffer * workers as u64;
                let each = usize::try_from(SUPPLY_MEMORY / one).unwrap_or(usize::MAX);
                Ok(threads.saturating_sub(workers).min(each.saturating_mul(workers)))
            }
        }
    }

    /// Buffers of each worker that are in use, with so many generators beside it.
    fn working(self, depth: usize, generators: usize, buffer: u64, engine: &EngineKind) -> usize {
        let filled = depth + to_fill(generators, buffer);
        match engine.overlaps {
            // Whoever is not asked for takes no buffer from its rest.
            true if self.generators.is_none() => 2 * depth,
            true => filled.max(2 * depth),
            false => filled,
        }
    }

    /// I/Os that each worker keeps in flight, and its buffers.
    fn queue(
        self,
        workers: usize,
        extents: usize,
        buffer: u64,
        generators: usize,
        engine: &EngineKind,
        warnings: &mut Vec<String>,
    ) -> Result<(usize, usize)> {
        let asked = self.depth.unwrap_or(engine.default_depth);
        let depth = asked.min(engine.max_depth);
        if depth < asked {
            let name = engine.name;
            warnings.push(format!("depth lowered to {depth}: the engine {name} has one I/O in flight per worker"));
        }
        let Some(count) = self.buffer_count else {
            let resting = usize::try_from(RESTING_MEMORY / buffer).unwrap_or(usize::MAX) / workers;
            let resting = if self.direct && engine.overlaps { resting } else { 0 };
            let buffers = self.working(depth, generators, buffer, engine) + resting;
            return Ok((depth, buffers.min(extents.div_ceil(workers))));
        };
        let each = count / workers;
        let needed = if self.depth.is_some() { depth } else { 1 };
        if each < needed || count > MAX_BUFFERS {
            let accepted =
                format!("{} to {MAX_BUFFERS} for {workers} workers with a depth of {needed}", needed * workers);
            return Err(Error::invalid("buffer count", count, &accepted));
        }
        if each * workers != count {
            warnings.push(format!("buffer count lowered from {count} to {}, {each} for each worker", each * workers));
        }
        Ok((depth.min(each), each))
    }
}

impl Plan {
    /// Generators that a worker begins with; `None`: none, and more when they are needed.
    pub(crate) fn generators_of(&self, worker: usize) -> Option<usize> {
        let (each, rest) = (self.generators / self.workers, self.generators % self.workers);
        (!self.engages).then_some(each + usize::from(worker < rest))
    }
}

/// Buffers of a worker for so many generators: for each one that it fills and one that is filled, small ones in batches;
/// and one for the worker.
fn to_fill(generators: usize, buffer: u64) -> usize {
    let batch = (HANDOUT as u64).div_ceil(buffer);
    if generators == 0 { 0 } else { 1 + 2 * generators * usize::try_from(batch).expect("at most as many bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sync::SYNC;
    use crate::engine::uring::IO_URING;
    use crate::options::io::DEFAULT_DEPTH;

    #[test]
    fn queues_follow_the_engine_and_the_buffers() {
        let wish = Wish { workers: Some(4), ..Wish::default() };
        let plan = |wish: Wish, engine| wish.plan(4096, 1 << 40, engine).map(|plan| (plan.depth, plan.buffers));
        assert_eq!(plan(wish, &IO_URING).unwrap(), (DEFAULT_DEPTH, 2 * DEFAULT_DEPTH));
        let direct = Wish { direct: true, ..wish }.plan(4096, 1 << 40, &IO_URING).unwrap();
        assert_eq!((direct.buffers, direct.resting), (24, 8));
        let direct = Wish { direct: true, buffer_size: Some(65536), ..wish };
        let direct = direct.plan(4096, 1 << 40, &IO_URING).unwrap();
        assert_eq!((direct.buffers, direct.resting), (144, 128));
        assert_eq!(plan(wish, &SYNC).unwrap(), (1, 1));
        assert_eq!(plan(Wish { depth: Some(32), ..wish }, &IO_URING).unwrap(), (32, 64));
        assert_eq!(plan(Wish { buffer_count: Some(16), ..wish }, &IO_URING).unwrap(), (4, 4));
        assert_eq!(plan(Wish { buffer_count: Some(67), ..wish }, &SYNC).unwrap(), (1, 16));
        let short = Wish { buffer_count: Some(31), depth: Some(8), ..wish };
        let error = plan(short, &IO_URING).unwrap_err().to_string();
        assert!(error.contains("31") && error.contains("32 to"), "{error}");
        assert!(plan(Wish { buffer_count: Some(3), ..wish }, &SYNC).is_err());
        let small = wish.plan(4096, 3 << 20, &IO_URING).unwrap();
        assert_eq!((small.workers, small.buffers), (3, 1));
    }
}
