//! Many buffers filled in one call: threads share out whole buffers where these are small, and parts of them where they
//! are large.
//!
//! ```
//! use dgen::batch::{self, Piece};
//! use dgen::driver::Team;
//! use dgen::{Recipe, Stream};
//! let stream = Stream::new(&Recipe::with_seed(7))?;
//! let mut samples = vec![[0; 2500]; 100];
//! let pieces = samples.iter_mut().zip(0..).map(|(sample, seed)| Piece::of_seed(&stream, seed, sample));
//! batch::fill(pieces.collect(), &Team::auto(None)?)?;
//! let mut alone = [0; 2500];
//! stream.reseeded(31).fill_at(0, &mut alone)?;
//! assert_eq!(samples[31], alone);
//! # Ok::<(), dgen::Error>(())
//! ```

use crate::driver::{PARALLEL_FROM, Team, audit, exceeds_caches, for_each_item};
use crate::error::Result;
use crate::kernel::Stores;
use crate::stream::{Stream, check_range};
use crate::uninit::{self, Byte};
use crate::units::{PAGE, page_remainder};
use std::mem::MaybeUninit;

/// Buffers of at least so many bytes are filled by all threads together, one after the other.
const TOGETHER_FROM: usize = 4 << 20;
/// Work that one thread claims at a time, in the bytes that it comes to.
const CLAIM: std::ops::RangeInclusive<usize> = 64 << 10..=1 << 20;
/// Claims for each thread, so that all end at about the same time.
const CLAIMS: usize = 8;
/// What it takes to derive a stream, in bytes that can be written meanwhile.
const DERIVING: usize = 8 << 10;

/// One buffer, and what it is to hold.
#[derive(Debug)]
pub struct Piece<'a> {
    stream: &'a Stream,
    /// Another seed than the stream's.
    seed: Option<u64>,
    offset: u64,
    out: &'a mut [Byte],
}

impl<'a> Piece<'a> {
    /// The stream's bytes at `offset` and on.
    pub fn at(stream: &'a Stream, offset: u64, out: &'a mut [u8]) -> Self {
        Self::uninit_at(stream, offset, lent(out))
    }

    /// The beginning of the stream of `seed` that is like `stream` in all else.
    pub fn of_seed(stream: &'a Stream, seed: u64, out: &'a mut [u8]) -> Self {
        Self::uninit_of_seed(stream, seed, lent(out))
    }

    /// As [`at`](Self::at), for memory that need not be initialised.
    pub fn uninit_at(stream: &'a Stream, offset: u64, out: &'a mut [MaybeUninit<u8>]) -> Self {
        Self { stream, seed: None, offset, out }
    }

    /// As [`of_seed`](Self::of_seed), for memory that need not be initialised.
    pub fn uninit_of_seed(stream: &'a Stream, seed: u64, out: &'a mut [MaybeUninit<u8>]) -> Self {
        Self { stream, seed: Some(seed), offset: 0, out }
    }

    /// Bytes in the buffer.
    pub fn size(&self) -> usize {
        self.out.len()
    }

    /// What filling it comes to, in bytes.
    fn work(&self) -> usize {
        self.out.len().max(PAGE) + if self.seed.is_some() { DERIVING } else { 0 }
    }

    /// Fills the buffer on the calling thread; past the caches, if so decided.
    fn fill(self, team: &Team, past_caches: bool) {
        let stream = self.seed.map(|seed| self.stream.reseeded(seed));
        stream.as_ref().unwrap_or(self.stream).fill_checked(self.offset, self.out, past_caches);
        audit::count(team, &self.out.as_ptr_range());
    }

    /// Fills the buffer on all threads of a team.
    fn fill_together(self, team: &Team, past_caches: bool) {
        let stores = if past_caches { Stores::Streaming } else { Stores::Cached };
        let stream = self.seed.map(|seed| self.stream.reseeded(seed));
        let stream = stream.as_ref().unwrap_or(self.stream).with_stores(stores);
        let done = stream.fill_uninit_with(self.offset, self.out, team);
        done.expect("the range was checked");
    }

    /// The first part, which ends at a page of the stream `len` bytes on or before, and the rest.
    fn split(self, len: usize) -> (Self, Option<Self>) {
        if self.out.len() <= len + len / 2 {
            return (self, None);
        }
        let at = len - page_remainder(self.offset + len as u64);
        let (head, rest) = self.out.split_at_mut(at);
        let (head, rest) = (Self { out: head, ..self }, Self { offset: self.offset + at as u64, out: rest, ..self });
        (head, Some(rest))
    }
}

/// Fills all buffers, on the threads of a team, which returns when all are full. Errors come before anything is written.
///
/// # Errors
/// When a range reaches past 2^63.
pub fn fill(pieces: Vec<Piece<'_>>, team: &Team) -> Result<()> {
    for piece in &pieces {
        check_range(piece.offset, piece.out.len())?;
    }
    let total = pieces.iter().map(Piece::size).sum();
    let past_caches = exceeds_caches(total, team.threads());
    let (large, small): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.size() >= TOGETHER_FROM);
    for piece in large {
        piece.fill_together(team, past_caches);
    }
    let work: usize = small.iter().map(Piece::work).sum();
    let team = team.with_threads(if work < PARALLEL_FROM { 1 } else { team.threads() });
    let claim = match team.threads() {
        1 => work,
        threads => (work / threads / CLAIMS).clamp(*CLAIM.start(), *CLAIM.end()),
    };
    let fill = |claim: Vec<Piece<'_>>| claim.into_iter().for_each(|piece| piece.fill(&team, past_caches));
    for_each_item(&team, claims(small, claim), &fill);
    Ok(())
}

/// The pieces in lists of about `claim` bytes' work each.
fn claims(pieces: Vec<Piece<'_>>, claim: usize) -> Vec<Vec<Piece<'_>>> {
    let mut all = Vec::new();
    let (mut current, mut work) = (Vec::new(), 0);
    for piece in pieces {
        let mut rest = Some(piece);
        while let Some(piece) = rest {
            let (head, behind) = piece.split(claim);
            work += head.work();
            current.push(head);
            // A part ends up to a page before what was asked for.
            if work + PAGE > claim {
                all.push(std::mem::take(&mut current));
                work = 0;
            }
            rest = behind;
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    all
}

#[allow(unsafe_code, reason = "lends bytes to what only writes bytes")]
fn lent(out: &mut [u8]) -> &mut [Byte] {
    // SAFETY: a fill writes nothing but initialised bytes, and nobody else sees the memory.
    unsafe { uninit::from_bytes(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::Recipe;

    fn stream() -> Stream {
        Stream::new(&"dgen1,seed=5,block=64KiB,dedup=2,compress=2".parse::<Recipe>().unwrap()).unwrap()
    }

    fn wanted(stream: &Stream, offset: u64, len: usize) -> Vec<u8> {
        let mut out = vec![0; len];
        stream.fill_at(offset, &mut out).unwrap();
        out
    }

    #[test]
    fn every_batch_is_what_single_calls_write() {
        let stream = stream();
        let batches: [&[usize]; 6] =
            [&[], &[0], &[1, 0, 4095, 4096, 4097], &[2500; 700], &[900_000; 5], &[5 << 20, 100, 4 << 20, 3_999_999]];
        for (sizes, threads) in batches.into_iter().flat_map(|sizes| [1, 2, 7].map(|threads| (sizes, threads))) {
            let mut buffers: Vec<Vec<u8>> = sizes.iter().map(|&size| vec![0; size]).collect();
            for seeded in [false, true] {
                let mut offset = 77;
                let mut places = Vec::new();
                let pieces = buffers.iter_mut().zip(0..).map(|(buffer, index)| {
                    let at = offset;
                    offset += buffer.len() as u64;
                    places.push((at, index));
                    if seeded { Piece::of_seed(&stream, index, buffer) } else { Piece::at(&stream, at, buffer) }
                });
                fill(pieces.collect(), &Team::free(threads)).unwrap();
                for (buffer, &(at, index)) in buffers.iter().zip(&places) {
                    let (stream, at) = if seeded { (stream.reseeded(index), 0) } else { (stream.clone(), at) };
                    assert!(*buffer == wanted(&stream, at, buffer.len()), "{} at {at}, {threads}", buffer.len());
                }
            }
        }
    }

    #[test]
    fn nothing_is_written_when_a_piece_is_refused() {
        let stream = stream();
        let (mut first, mut second) = ([0; 100], [0; 100]);
        let pieces = vec![Piece::at(&stream, 0, &mut first), Piece::at(&stream, 1 << 63, &mut second)];
        assert!(fill(pieces, &Team::free(2)).is_err());
        assert!(first == [0; 100] && second == [0; 100]);
    }

    #[test]
    fn parts_cover_a_piece_and_begin_at_pages() {
        let stream = stream();
        let mut buffer = vec![0; 1 << 20];
        let parts = claims(vec![Piece::at(&stream, 100, &mut buffer)], 100_000);
        assert!(parts.len() > 8);
        let mut next = 100;
        for part in parts.iter().flatten() {
            assert_eq!(part.offset, next);
            assert!(next == 100 || next.is_multiple_of(PAGE as u64));
            next += part.size() as u64;
        }
        assert_eq!(next, 100 + (1 << 20));
    }
}
