//! The stateful form of a stream: fills one chunk after another until its size is used up.

use crate::driver::{Team, chunk_size};
use crate::error::{Error, Result};
use crate::place::Place;
use crate::recipe::Recipe;
use crate::stream::Stream;
use crate::units::MAX_OFFSET;
use std::ops::RangeInclusive;

/// Yields a stream's first `size` bytes, chunk by chunk.
///
/// ```
/// use dgen::{Generator, Recipe};
/// let mut generator = Generator::new(10 << 20, &Recipe::with_seed(1))?;
/// let mut chunk = vec![0; generator.chunk_size()];
/// let mut total = 0;
/// while !generator.is_complete() {
///     total += generator.fill_chunk(&mut chunk)?;
/// }
/// assert_eq!(total, 10 << 20);
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    place: Place,
    chunk_size: usize,
    team: Team,
}

impl Generator {
    /// A generator of the first `size` bytes of a recipe's stream, on as many threads as `DGEN_THREADS` or the machine allows.
    ///
    /// # Errors
    /// When `size` is past 2^63, or `DGEN_KERNEL` or `DGEN_THREADS` is bad.
    pub fn new(size: u64, recipe: &Recipe) -> Result<Self> {
        Self::with_threads(size, recipe, None)
    }

    /// As [`new`](Self::new), on up to `threads` threads.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and when `threads` is outside 1 to 4096.
    pub fn with_threads(size: u64, recipe: &Recipe, threads: Option<usize>) -> Result<Self> {
        Self::with_team(size, recipe, Team::auto(threads)?)
    }

    /// As [`new`](Self::new), on the threads of a team.
    ///
    /// # Errors
    /// When `size` is past 2^63, or `DGEN_KERNEL` is bad.
    pub fn with_team(size: u64, recipe: &Recipe, team: Team) -> Result<Self> {
        if size > MAX_OFFSET {
            return Err(Error::invalid("size", size, "0 to 2^63 bytes"));
        }
        let chunk_size = chunk_size(&team);
        Ok(Self { place: Place::new(Stream::new(recipe)?, 0, size)?, chunk_size, team })
    }

    /// The recipe in use.
    pub fn recipe(&self) -> &Recipe {
        self.place.stream().recipe()
    }

    /// The stream in use.
    pub fn stream(&self) -> &Stream {
        self.place.stream()
    }

    /// Bytes per chunk that suit the caches and the threads; see [`chunk_size`].
    pub fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    /// Threads used at most.
    pub fn threads(&self) -> usize {
        self.team.threads()
    }

    /// The threads and their placement.
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// Bytes generated so far.
    pub fn position(&self) -> u64 {
        self.place.position()
    }

    /// Bytes in all.
    pub fn total_size(&self) -> u64 {
        self.place.size()
    }

    /// Whether every byte has been generated.
    pub fn is_complete(&self) -> bool {
        self.place.is_complete()
    }

    /// Writes the next bytes into `out`, as many as fit and are left; returns their number, 0 at the end.
    ///
    /// # Errors
    /// When the content offset would pass 2^63.
    pub fn fill_chunk(&mut self, out: &mut [u8]) -> Result<usize> {
        let (offset, len) = self.place.next(out.len());
        self.place.stream().fill_with(offset, &mut out[..len], &self.team)?;
        self.place.advance(len);
        Ok(len)
    }

    /// Returns to the beginning of the current stream: the same bytes come again, seeded or not.
    pub fn reset(&mut self) {
        self.place.restart();
    }

    /// Continues with the beginning of another stream, of the same recipe under `seed` (`None`: a fresh seed).
    /// The position and the bytes left stay as they are.
    ///
    /// # Errors
    /// When the system has no random source.
    pub fn set_seed(&mut self, seed: Option<u64>) -> Result<()> {
        self.place.reseed(seed)
    }

    /// Moves to a position from which the following bytes come; past the end, the generator is complete.
    ///
    /// # Errors
    /// When `position` lies past the size, or before the position at which the seed was last set.
    pub fn seek(&mut self, position: u64) -> Result<()> {
        let refused = |reach: RangeInclusive<u64>| {
            Error::invalid("position", position, &format!("{} to {}", reach.start(), reach.end()))
        };
        self.place.seek(position).map_err(refused)
    }
}
