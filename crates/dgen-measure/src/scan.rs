//! First phase of a round: reads it and hashes its units, in parallel.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use dgen::Error;

use crate::crew;
use crate::entropy::Histogram;
use crate::extent::{Extent, Round};
use crate::fingerprint::{DIGEST_BYTES, Digest, digest};
use crate::input::Stream;
use crate::keep::{Keep, Pass};
use crate::options::Plan;

/// What one thread needs to read and hash.
struct Reader {
    buffer: Vec<u8>,
    histogram: Option<Histogram>,
}

/// One extent as it was read: where its digests and its bytes are, in the round's arenas.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) first_digest: usize,
    pub(crate) start: usize,
    pub(crate) len: usize,
    /// Whether the input ends here.
    pub(crate) ends: bool,
}

/// Reads rounds. The arenas hold the round that was read last.
pub(crate) struct Scan {
    readers: Vec<Reader>,
    unit: usize,
    extent_bytes: usize,
    round_bytes: usize,
    /// Whether later phases need the bytes, too.
    keep: bool,
    zero_unit: Digest,
    pieces: Vec<Piece>,
    digests: Vec<Digest>,
    data: Vec<u8>,
}

/// The bytes that were counted, whichever thread did.
impl Keep for Scan {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        let mut all = self.readers.iter_mut().filter_map(|reader| reader.histogram.as_mut());
        let Some(first) = all.next() else { return Ok(()) };
        all.for_each(|other| first.merge(std::mem::replace(other, Histogram::new())));
        first.pass(way)
    }
}

/// Room for one extent in the arenas.
struct Room<'r> {
    data: &'r mut [u8],
    digests: &'r mut [Digest],
}

impl Scan {
    pub(crate) fn new(plan: &Plan) -> Self {
        let reader = |_| Reader { buffer: Vec::new(), histogram: plan.entropy.then(Histogram::new) };
        Self {
            readers: (0..plan.threads).map(reader).collect(),
            unit: plan.unit,
            extent_bytes: plan.extent_bytes,
            round_bytes: plan.round_bytes,
            keep: plan.keep(),
            zero_unit: digest(&vec![0; plan.unit]),
            pieces: Vec::new(),
            digests: Vec::new(),
            data: Vec::new(),
        }
    }

    /// The extents of the round, in input order.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The digests of a piece, one per unit.
    pub(crate) fn digests(&self, piece: &Piece) -> &[Digest] {
        &self.digests[piece.first_digest..][..piece.len.div_ceil(self.unit)]
    }

    /// The bytes of the round; empty unless they are kept.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    /// Bytes read in the round.
    pub(crate) fn bytes(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len as u64).sum()
    }

    /// Units read in the round.
    pub(crate) fn units(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len.div_ceil(self.unit)).sum()
    }

    /// The entropy of all that was read, in bits per byte.
    pub(crate) fn entropy(self) -> Option<f64> {
        let merge = |mut sum: Histogram, other| {
            sum.merge(other);
            sum
        };
        self.readers.into_iter().filter_map(|reader| reader.histogram).reduce(merge).map(Histogram::bits_per_byte)
    }

    /// Reads a round. Stops early, with what was read up to there, once `cancel` is set.
    pub(crate) fn read(&mut self, round: Round<'_, '_>, cancel: &AtomicBool) -> Ended {
        self.pieces.clear();
        match round {
            Round::Extents(extents) => self.read_extents(&extents, cancel),
            Round::Stream(stream) => self.read_stream(stream, cancel),
        }
    }

    fn read_extents(&mut self, extents: &[Extent<'_>], cancel: &AtomicBool) -> Ended {
        let (mut first_digest, mut start) = (0, 0);
        for &Extent { len, ends, .. } in extents {
            self.pieces.push(Piece { first_digest, start, len, ends });
            first_digest += len.div_ceil(self.unit);
            start += len;
        }
        let (unit, zero_unit, keep) = (self.unit, self.zero_unit, self.keep);
        let mut rooms = rooms(&mut self.data, &mut self.digests, &self.pieces, unit, keep).into_iter();
        let mut numbered = extents.iter().enumerate();
        let (failures, drawn) = (Failures::default(), AtomicUsize::new(0));
        let next = |_: &mut Reader| {
            if cancel.load(Ordering::Relaxed) {
                return None;
            }
            let next = (numbered.next()?, rooms.next()?);
            drawn.fetch_add(1, Ordering::Relaxed);
            Some(next)
        };
        let work = |reader: &mut Reader, ((number, extent), room): ((usize, &Extent<'_>), Room<'_>)| {
            let Reader { buffer, histogram } = reader;
            let (borrowed, target) = if keep {
                (None, room.data)
            } else {
                buffer.resize(buffer.len().max(extent.len), 0);
                (extent.store.borrow(extent.offset, extent.len), &mut buffer[..extent.len])
            };
            let bytes = if let Some(bytes) = borrowed {
                bytes
            } else {
                let (done, error) = extent.store.read_at(extent.offset, target);
                if let Some(error) = error {
                    failures.note(number, done, error);
                }
                &target[..done]
            };
            hash(bytes, unit, &zero_unit, &mut room.digests[..bytes.len().div_ceil(unit)], histogram.as_mut());
        };
        crew::run(&mut self.readers, extents.len(), next, work);
        self.pieces.truncate(drawn.into_inner());
        self.cut(extents, failures)
    }

    /// Cuts pieces where reading failed; an input that failed ends with its last piece of the round.
    fn cut(&mut self, extents: &[Extent<'_>], failures: Failures) -> Ended {
        let mut failed: BTreeMap<usize, Error> = BTreeMap::new();
        for (number, (done, error)) in failures.into_inner() {
            let piece = &mut self.pieces[number];
            (piece.len, piece.ends) = (done, true);
            failed.entry(extents[number].input).or_insert(error);
        }
        for input in failed.keys() {
            let last = extents[..self.pieces.len()].iter().rposition(|extent| extent.input == *input);
            if let Some(last) = last {
                self.pieces[last].ends = true;
            }
        }
        Ended { stream: false, failed: failed.into_iter().collect() }
    }

    fn read_stream(&mut self, stream: &mut Stream<'_>, cancel: &AtomicBool) -> Ended {
        let (unit, zero_unit, keep, extent_bytes) = (self.unit, self.zero_unit, self.keep, self.extent_bytes);
        let units = extent_bytes / unit;
        let count = self.round_bytes / extent_bytes;
        let slot = |i| Piece { first_digest: i * units, start: i * extent_bytes, len: extent_bytes, ends: false };
        let slots: Vec<Piece> = (0..count).map(slot).collect();
        let mut rooms = rooms(&mut self.data, &mut self.digests, &slots, unit, keep).into_iter();
        let (mut slots, pieces) = (slots.into_iter(), &mut self.pieces);
        let (mut ended, mut failed) = (false, None);
        // Reading is serial, so it happens where items are drawn; hashing overlaps with it on the other threads.
        let next = |reader: &mut Reader| {
            if ended || cancel.load(Ordering::Relaxed) {
                return None;
            }
            let (slot, mut room) = (slots.next()?, rooms.next()?);
            reader.buffer.resize(if keep { 0 } else { extent_bytes }, 0);
            let (len, error) = stream.read(if keep { &mut *room.data } else { &mut reader.buffer }, cancel);
            failed = error;
            ended = len < extent_bytes;
            pieces.push(Piece { len, ends: ended, ..slot });
            room.digests = &mut room.digests[..len.div_ceil(unit)];
            Some((room, len))
        };
        let work = |reader: &mut Reader, (room, len): (Room<'_>, usize)| {
            let Reader { buffer, histogram } = reader;
            let bytes = if keep { &room.data[..len] } else { &buffer[..len] };
            hash(bytes, unit, &zero_unit, room.digests, histogram.as_mut());
        };
        crew::run(&mut self.readers, count, next, work);
        Ended { stream: ended, failed: failed.into_iter().map(|error| (0, error)).collect() }
    }
}

/// Divides the arenas among the pieces, which follow each other without gaps.
fn rooms<'r>(
    data: &'r mut Vec<u8>,
    digests: &'r mut Vec<Digest>,
    pieces: &[Piece],
    unit: usize,
    keep: bool,
) -> Vec<Room<'r>> {
    let Some(last) = pieces.last() else { return Vec::new() };
    data.resize(data.len().max(if keep { last.start + last.len } else { 0 }), 0);
    digests.resize(digests.len().max(last.first_digest + last.len.div_ceil(unit)), [0; DIGEST_BYTES]);
    let (mut data, mut digests) = (data.as_mut_slice(), digests.as_mut_slice());
    let room = |piece: &Piece| Room {
        data: data.split_off_mut(..if keep { piece.len } else { 0 }).expect("the arena holds every piece"),
        digests: digests.split_off_mut(..piece.len.div_ceil(unit)).expect("the arena holds every digest"),
    };
    pieces.iter().map(room).collect()
}

/// Hashes each unit, and counts the bytes of those that are not zero.
fn hash(bytes: &[u8], unit: usize, zero_unit: &Digest, digests: &mut [Digest], histogram: Option<&mut Histogram>) {
    for (unit, slot) in bytes.chunks(unit).zip(&mut *digests) {
        *slot = digest(unit);
    }
    let Some(histogram) = histogram else { return };
    let mut rest = bytes;
    for run in digests.chunk_by(|a, b| (a == zero_unit) == (b == zero_unit)) {
        let (head, tail) = rest.split_at((run.len() * unit).min(rest.len()));
        if run[0] == *zero_unit {
            histogram.add_zeros(head.len());
        } else {
            histogram.add(head);
        }
        rest = tail;
    }
}

/// How a round ended.
pub(crate) struct Ended {
    /// Whether a stream did, with it.
    pub(crate) stream: bool,
    /// The inputs of which reading failed, with the first failure of each.
    pub(crate) failed: Vec<(usize, Error)>,
}

/// The extents that failed, with the bytes that were read before.
#[derive(Default)]
struct Failures(Mutex<BTreeMap<usize, (usize, Error)>>);

impl Failures {
    fn note(&self, number: usize, done: usize, error: Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number, (done, error));
    }

    fn into_inner(self) -> BTreeMap<usize, (usize, Error)> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
