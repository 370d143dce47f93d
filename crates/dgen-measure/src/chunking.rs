//! Content-defined chunks: cuts each input by its content, and counts what is distinct.
//!
//! Where a chunk ends depends on its own bytes alone. So threads cut segments of an input as if a chunk began at each, and
//! once the chunks that really end in a segment meet an edge that was found so, the edges behind it hold.

use std::ops::Range;

use crate::chunker::Chunker;
use crate::crew;
use crate::distinct::{Distinct, Shard};
use crate::fingerprint::{Fingerprint, digest};
use crate::keep::{Keep, Pass, pass_bytes};
use crate::model::is_zero;
use crate::repeats::Following;
use crate::report::Chunks;
use crate::scan::{Piece, Scan};

/// Least bytes that a thread cuts at a time.
const SEGMENT: usize = 1 << 20;

/// Chunks that a thread hashes at a time.
const BATCH: usize = 16;

/// Bits of a fingerprint that hold the length of its chunk instead: above those that draw samples, below those of shards.
const LEN_SHIFT: u32 = 24;
const LEN_BITS: u128 = 0x3ff_ffff;

/// The chunks of one chunker, over all inputs.
pub(crate) struct Chunking {
    chunker: Chunker,
    /// The chunk that the round left open.
    open: Vec<u8>,
    total: u64,
    bytes: u64,
    distinct: Distinct,
    following: Following,
}

impl Keep for Chunking {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        pass_bytes(&mut self.open, way)?;
        self.total.pass(way)?;
        self.bytes.pass(way)?;
        self.distinct.pass(way)?;
        self.following.pass(way)
    }
}

/// A stretch of one input in the data of a round.
struct Run {
    range: Range<usize>,
    /// Whether the input ends with it.
    ends: bool,
}

/// A chunk that a round completed. Where it began in an earlier one it has a fingerprint from the start.
struct Found {
    range: Range<usize>,
    len: usize,
    identity: Option<Identity>,
}

#[derive(Clone, Copy)]
struct Identity {
    fingerprint: Fingerprint,
    zero: bool,
}

impl Identity {
    fn of(bytes: &[u8]) -> Self {
        let hash = u128::from_le_bytes(digest(bytes)) & !(LEN_BITS << LEN_SHIFT);
        Self { fingerprint: hash | (bytes.len() as u128) << LEN_SHIFT, zero: is_zero(bytes) }
    }
}

/// The length of the chunk of that fingerprint.
fn len_of(fingerprint: Fingerprint) -> u64 {
    u64::try_from(fingerprint >> LEN_SHIFT & LEN_BITS).expect("few bits")
}

impl Chunking {
    /// Chunks, in tables of `memory` bytes.
    pub(crate) fn new(chunker: &Chunker, memory: u64) -> Self {
        Self {
            chunker: chunker.clone(),
            open: Vec::new(),
            total: 0,
            bytes: 0,
            distinct: Distinct::new(memory),
            following: Following::new(memory),
        }
    }

    /// Takes the bytes of a round.
    pub(crate) fn take(all: &mut [Self], scan: &Scan, hands: &mut [()]) {
        if all.is_empty() {
            return;
        }
        let (data, runs, crew) = (scan.data(), runs(scan.pieces()), hands.len());
        let edges = edges(all, data, &runs, hands);
        let mut found: Vec<Vec<Found>> = all.iter().map(|_| Vec::new()).collect();
        let mut each = all.iter_mut().zip(edges).zip(&mut found);
        crew::run(
            hands,
            crew,
            |()| each.next(),
            |(), ((chunking, edges), found)| {
                *found = chunking.join(data, &runs, &edges);
            },
        );
        let mut batches = found.iter_mut().flat_map(|found| found.chunks_mut(BATCH));
        crew::run(
            hands,
            crew,
            |()| batches.next(),
            |(), batch: &mut [Found]| {
                for chunk in batch {
                    chunk.identity.get_or_insert_with(|| Identity::of(&data[chunk.range.clone()]));
                }
            },
        );
        let mut each = all.iter_mut().zip(found);
        crew::run(hands, crew, |()| each.next(), |(), (chunking, found)| chunking.count(found));
        let mut shards = all.iter_mut().flat_map(|chunking| chunking.distinct.shards_mut());
        crew::run(hands, crew, |()| shards.next(), |(), shard: &mut Shard| shard.settle());
        for chunking in all {
            chunking.distinct.shrink(hands);
        }
    }

    fn segment(&self) -> usize {
        SEGMENT.max(2 * usize::try_from(self.chunker.max()).expect("chunks are small"))
    }

    /// The chunks that a round completes, given the edges of its segments.
    fn join(&mut self, data: &[u8], runs: &[Run], edges: &[Vec<Vec<usize>>]) -> Vec<Found> {
        let mut found = Vec::new();
        for (run, edges) in runs.iter().zip(edges) {
            let Some(mut at) = self.close(data, run, &mut found) else { continue };
            let size = self.segment();
            while at < run.range.end {
                let (number, offset) = ((at - run.range.start) / size, (at - run.range.start) % size);
                let known = &edges[number];
                let next = if offset == 0 { Some(0) } else { known.binary_search(&at).ok().map(|place| place + 1) };
                match next.map(|next| &known[next..]) {
                    Some(ends) if !ends.is_empty() => {
                        for end in ends {
                            found.push(Found { range: at..*end, len: end - at, identity: None });
                            at = *end;
                        }
                    }
                    _ => {
                        let Some(len) = self.chunker.cut(&data[at..run.range.end], run.ends) else {
                            self.open.extend_from_slice(&data[at..run.range.end]);
                            break;
                        };
                        found.push(Found { range: at..at + len, len, identity: None });
                        at += len;
                    }
                }
            }
        }
        found
    }

    /// Completes the chunk that was left open, and says where the next begins; `None` where it stays open.
    fn close(&mut self, data: &[u8], run: &Run, found: &mut Vec<Found>) -> Option<usize> {
        let before = self.open.len();
        // As much as a chunk may take, so that what is missing at its end is of no account.
        let more = run.range.len().min(usize::try_from(self.chunker.max()).expect("chunks are small"));
        if before == 0 {
            return Some(run.range.start);
        }
        self.open.extend_from_slice(&data[run.range.start..][..more]);
        let ends = run.ends && more == run.range.len();
        let mut from = 0;
        while from < before {
            let Some(len) = self.chunker.cut(&self.open[from..], ends) else {
                self.open.drain(..from);
                return None;
            };
            let identity = Some(Identity::of(&self.open[from..][..len]));
            found.push(Found { range: 0..0, len, identity });
            from += len;
        }
        self.open.clear();
        Some(run.range.start + from - before)
    }

    fn count(&mut self, found: Vec<Found>) {
        for chunk in found {
            let Identity { fingerprint, zero } = chunk.identity.expect("all were hashed");
            self.distinct.push(fingerprint, None);
            if !zero {
                self.following.note(fingerprint, self.bytes);
            }
            self.total += 1;
            self.bytes += chunk.len as u64;
        }
    }

    /// The results, once all was taken.
    pub(crate) fn report(mut self, hands: &mut [()]) -> (String, Chunks) {
        // Where it was stopped, a chunk is left open.
        if !self.open.is_empty() {
            let left = std::mem::take(&mut self.open);
            self.count(vec![Found { range: 0..0, len: left.len(), identity: Some(Identity::of(&left)) }]);
            self.distinct.shards_mut().iter_mut().for_each(Shard::settle);
            self.distinct.shrink(hands);
        }
        let (distinct, _) = self.distinct.estimate();
        let (distinct_bytes, error) = self.distinct.sum(len_of);
        let (level, total, bytes) = (self.distinct.level(), self.total, self.bytes);
        let distinct_bytes = distinct_bytes.clamp(bytes.min(1), bytes);
        let chunks = Chunks {
            ratio: if bytes == 0 { 1.0 } else { bytes as f64 / distinct_bytes as f64 },
            distinct_bytes,
            distinct: distinct.clamp(total.min(1), total),
            total,
            mean: if total == 0 { 0.0 } else { bytes as f64 / total as f64 },
            exact: level == 0,
            sampling_rate: 2_f64.powi(-level.cast_signed()),
            standard_error: error,
            min: self.chunker.min(),
            avg: self.chunker.avg(),
            max: self.chunker.max(),
            repeats: self.following.report(),
        };
        (self.chunker.name().to_owned(), chunks)
    }
}

/// What the round has of each input.
fn runs(pieces: &[Piece]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for piece in pieces {
        let end = piece.start + piece.len;
        match runs.last_mut() {
            Some(run) if !run.ends => (run.range.end, run.ends) = (end, piece.ends),
            _ => runs.push(Run { range: piece.start..end, ends: piece.ends }),
        }
    }
    runs
}

/// Per chunker, run and segment: the edges that follow if a chunk begins with the segment, up to the first behind it.
fn edges(all: &[Chunking], data: &[u8], runs: &[Run], hands: &mut [()]) -> Vec<Vec<Vec<Vec<usize>>>> {
    let segments = |chunking: &Chunking, run: &Run| vec![Vec::new(); run.range.len().div_ceil(chunking.segment())];
    let of = |chunking: &Chunking| runs.iter().map(|run| segments(chunking, run)).collect();
    let mut edges: Vec<Vec<Vec<Vec<usize>>>> = all.iter().map(of).collect();
    let mut tasks = all.iter().zip(&mut edges).flat_map(|(chunking, edges)| {
        runs.iter().zip(edges).flat_map(move |(run, edges)| {
            let starts = run.range.clone().step_by(chunking.segment());
            starts.zip(edges).map(move |(start, edges)| (chunking, run, start, edges))
        })
    });
    let crew = hands.len();
    let work = |(): &mut (), (chunking, run, start, edges): (&Chunking, &Run, usize, &mut Vec<usize>)| {
        let (mut at, end) = (start, run.range.end.min(start + chunking.segment()));
        while at < end {
            let Some(len) = chunking.chunker.cut(&data[at..run.range.end], run.ends) else { break };
            at += len;
            edges.push(at);
        }
    };
    crew::run(hands, crew, |()| tasks.next(), work);
    edges
}
