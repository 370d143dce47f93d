//! First phase of a round: reads it and hashes its units, in parallel.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use dgen::{Error, Result};

use crate::crew;
use crate::entropy::Histogram;
use crate::extent::{Extent, Round};
use crate::fingerprint::{DIGEST_BYTES, Digest, digest};
use crate::input::Stream;
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

    /// Reads a round; whether a stream ended with it. Stops early, with the round incomplete, once `cancel` is set.
    pub(crate) fn read(&mut self, round: Round<'_, '_>, cancel: &AtomicBool) -> Result<bool> {
        self.pieces.clear();
        match round {
            Round::Extents(extents) => self.read_extents(&extents, cancel).map(|()| false),
            Round::Stream(stream) => self.read_stream(stream, cancel),
        }
    }

    fn read_extents(&mut self, extents: &[Extent<'_>], cancel: &AtomicBool) -> Result<()> {
        let (mut first_digest, mut start) = (0, 0);
        for &Extent { len, ends, .. } in extents {
            self.pieces.push(Piece { first_digest, start, len, ends });
            first_digest += len.div_ceil(self.unit);
            start += len;
        }
        let (unit, zero_unit, keep) = (self.unit, self.zero_unit, self.keep);
        let mut rooms = rooms(&mut self.data, &mut self.digests, &self.pieces, unit, keep).into_iter();
        let mut numbered = extents.iter().enumerate();
        let failure = Failure::default();
        let next = |_: &mut Reader| {
            if cancel.load(Ordering::Relaxed) { None } else { Some((numbered.next()?, rooms.next()?)) }
        };
        let work = |reader: &mut Reader, ((number, extent), room): ((usize, &Extent<'_>), Room<'_>)| {
            let Reader { buffer, histogram } = reader;
            let (borrowed, target) = if keep {
                (None, room.data)
            } else {
                buffer.resize(buffer.len().max(extent.len), 0);
                (extent.store.borrow(extent.offset, extent.len), &mut buffer[..extent.len])
            };
            let bytes = match borrowed {
                Some(bytes) => bytes,
                None => match extent.store.read_at(extent.offset, target) {
                    Ok(()) => target,
                    Err(error) => return failure.note(number, error),
                },
            };
            hash(bytes, unit, &zero_unit, room.digests, histogram.as_mut());
        };
        crew::run(&mut self.readers, extents.len(), next, work);
        failure.into_result()
    }

    fn read_stream(&mut self, stream: &mut Stream<'_>, cancel: &AtomicBool) -> Result<bool> {
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
            if ended || failed.is_some() || cancel.load(Ordering::Relaxed) {
                return None;
            }
            let (slot, mut room) = (slots.next()?, rooms.next()?);
            reader.buffer.resize(if keep { 0 } else { extent_bytes }, 0);
            match stream.read(if keep { &mut *room.data } else { &mut reader.buffer }) {
                Ok(len) => {
                    ended = len < extent_bytes;
                    pieces.push(Piece { len, ends: ended, ..slot });
                    room.digests = &mut room.digests[..len.div_ceil(unit)];
                    Some((room, len))
                }
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        };
        let work = |reader: &mut Reader, (room, len): (Room<'_>, usize)| {
            let Reader { buffer, histogram } = reader;
            let bytes = if keep { &room.data[..len] } else { &buffer[..len] };
            hash(bytes, unit, &zero_unit, room.digests, histogram.as_mut());
        };
        crew::run(&mut self.readers, count, next, work);
        failed.map_or(Ok(ended), Err)
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

/// The error of the earliest extent that failed, whichever thread saw it.
#[derive(Default)]
struct Failure(Mutex<Option<(usize, Error)>>);

impl Failure {
    fn note(&self, number: usize, error: Error) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|(earlier, _)| number < *earlier) {
            *first = Some((number, error));
        }
    }

    fn into_result(self) -> Result<()> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), |(_, error)| Err(error))
    }
}
