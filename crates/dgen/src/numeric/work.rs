//! One call's work in steps: between two steps the caller may look at signals, give up, or show progress.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use super::uniform::{Range, Uniform, offset_of};
use super::{VALUE, norm};
use crate::driver::{Grid, PARALLEL_FROM, SHARE, Team, for_each_share};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Wide};

/// Bytes that one step handles at most: a few hundredths of a second.
const STEP: usize = 64 << 20;
/// Rows of more bytes than this are handled by several threads together, the others by one thread each.
const LONG: usize = 4 << 20;

/// Writing values into a buffer, making rows in it unit vectors, or both.
#[derive(Debug)]
pub struct Work<'a> {
    /// Where the values come from, and the stream offset of the first; `None`: the buffer holds them already.
    source: Option<(&'a Uniform, u64)>,
    /// Bytes in a row; `None`: nothing is normalised.
    row: Option<usize>,
    kernel: Kernel,
    team: Team,
    buffer: &'a mut [u8],
    /// Bytes done, in whole rows.
    done: usize,
    long: LongRow,
}

/// How far a row is that several steps share.
#[derive(Debug, Default)]
struct LongRow {
    /// Bytes that the current pass has gone through.
    at: usize,
    sum: f64,
    /// Whether the sum is complete and the second pass, the scaling, goes on.
    summed: bool,
}

impl<'a> Work<'a> {
    /// Writes the values from number `first` on, on up to `threads` threads.
    ///
    /// # Errors
    /// When the buffer is not a whole number of values, or reaches past value 2^61.
    pub fn draw(values: &'a Uniform, first: u64, buffer: &'a mut [u8], threads: usize) -> Result<Self> {
        let offset = offset_of(first, buffer.len())?;
        Ok(Self::new(Some((values, offset)), values.kernel(), buffer, threads))
    }

    /// Makes rows of `dim` values unit vectors in place, on up to `threads` threads. A row of zeros stays as it is, and so does
    /// one that holds a NaN or an infinity.
    ///
    /// # Errors
    /// When `dim` is 0, the buffer is not a whole number of rows, or `DGEN_KERNEL` cannot be obeyed.
    pub fn normalize(buffer: &'a mut [u8], dim: usize, threads: usize) -> Result<Self> {
        Self::new(None, Kernel::selected()?, buffer, threads).normalized(dim)
    }

    /// The same work, with rows of `dim` values made unit vectors.
    ///
    /// # Errors
    /// When `dim` is 0 or the buffer is not a whole number of rows.
    pub fn normalized(mut self, dim: usize) -> Result<Self> {
        let dim = NonZeroUsize::new(dim).ok_or_else(|| Error::invalid("dim", 0, "1 or more"))?;
        let len = self.buffer.len();
        // Of a row too long for memory, only an empty buffer holds a whole number.
        let row = dim.get().saturating_mul(VALUE);
        if !len.is_multiple_of(row) {
            let accepted = format!("a multiple of 4 * dim, with dim = {dim}");
            return Err(Error::invalid("buffer", format_args!("{len} bytes"), &accepted));
        }
        self.row = Some(row);
        Ok(self)
    }

    /// The same work, on the threads of a team, where its placement has them.
    #[must_use]
    pub fn on(mut self, team: &Team) -> Self {
        self.team = if self.buffer.len() < PARALLEL_FROM { team.with_threads(1) } else { team.clone() };
        self
    }

    fn new(source: Option<(&'a Uniform, u64)>, kernel: Kernel, buffer: &'a mut [u8], threads: usize) -> Self {
        let team = Team::free(if buffer.len() < PARALLEL_FROM { 1 } else { threads });
        Self { source, row: None, kernel, team, buffer, done: 0, long: LongRow::default() }
    }

    #[cfg(test)]
    pub(super) fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Bytes in the buffer.
    pub fn size(&self) -> usize {
        self.buffer.len()
    }

    /// Does all steps that are left.
    pub fn finish(mut self) {
        while self.step() {}
    }

    /// Does the next step, of up to 64 MiB; returns whether there are more. What later steps would have written
    /// stays as it was when they are not done.
    pub fn step(&mut self) -> bool {
        if self.done < self.buffer.len() {
            match self.row {
                Some(row) if row > LONG => self.long_row(row),
                row => self.rows(row),
            }
        }
        self.done < self.buffer.len()
    }

    /// Handles some whole rows, each on one thread.
    fn rows(&mut self, row: Option<usize>) {
        let share = row.map_or(SHARE, |row| (SHARE / row).max(1) * row);
        let now = (STEP / share * share).min(self.buffer.len() - self.done);
        let (source, kernel) = (self.source(self.done), self.kernel);
        let buffer = &mut self.buffer[self.done..self.done + now];
        let grid = Grid { first: share.min(now), share, cut_anywhere: false };
        for_each_share(&self.team, grid, buffer, &|at, share| {
            let range = source.map(|source| source.words(at, share));
            kernel.run_wide(Rows { values: share, range, row });
        });
        self.done += now;
    }

    /// Handles a slice of a long row: first all slices are summed, then all are scaled.
    fn long_row(&mut self, row: usize) {
        let at = self.long.at;
        let now = STEP.min(row - at);
        let (source, kernel) = (self.source(self.done + at), self.kernel);
        let slice = &mut self.buffer[self.done + at..][..now];
        let grid = Grid { first: SHARE.min(now), share: SHARE, cut_anywhere: false };
        if !self.long.summed {
            let sums = Mutex::new(vec![0.0; now.div_ceil(SHARE)]);
            for_each_share(&self.team, grid, slice, &|at, share| {
                let range = source.map(|source| source.words(at, share));
                let sum = kernel.run_wide(Part { values: share, range });
                sums.lock().unwrap_or_else(PoisonError::into_inner)[at / SHARE] = sum;
            });
            let sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
            self.long.sum = sums.iter().fold(self.long.sum, |sum, part| sum + part);
        } else if let Some(factor) = norm::factor(self.long.sum) {
            for_each_share(&self.team, grid, slice, &|_, share| {
                kernel.run_wide(Scaled { values: share, factor });
            });
        }
        self.long.at += now;
        if self.long.at == row {
            self.end_of_pass(row);
        }
    }

    fn end_of_pass(&mut self, row: usize) {
        if self.long.summed {
            self.done += row;
            self.long = LongRow::default();
        } else {
            self.long.at = 0;
            self.long.summed = true;
        }
    }

    fn source(&self, done: usize) -> Option<Source<'a>> {
        self.source.map(|(values, offset)| Source { values, offset: offset + done as u64 })
    }
}

/// Where a step's values come from.
#[derive(Clone, Copy)]
struct Source<'a> {
    values: &'a Uniform,
    offset: u64,
}

impl Source<'_> {
    /// Writes the words for the values `at` bytes into the step; returns what turns them into values.
    fn words(self, at: usize, share: &mut [u8]) -> Range {
        let offset = self.offset + at as u64;
        self.values.stream().fill_at(offset, share).expect("the range was checked when the work was made");
        self.values.range()
    }
}

/// Whole rows: words become values, where there is a range; values become unit vectors, where there are rows.
struct Rows<'a> {
    values: &'a mut [u8],
    range: Option<Range>,
    row: Option<usize>,
}

impl Wide for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Some(row) = self.row else {
            if let Some(range) = self.range {
                range.convert(self.values.as_chunks_mut().0);
            }
            return;
        };
        // Row by row, so that a row is still in the first cache when it is scaled.
        for row in self.values.chunks_exact_mut(row) {
            let values = row.as_chunks_mut().0;
            if let Some(range) = self.range {
                range.convert(values);
            }
            if let Some(factor) = norm::factor(norm::row_sum(values)) {
                norm::scale(values, factor);
            }
        }
    }
}

/// One part of a long row, in the first pass; gives its sum.
struct Part<'a> {
    values: &'a mut [u8],
    range: Option<Range>,
}

impl Wide for Part<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let values = self.values.as_chunks_mut().0;
        if let Some(range) = self.range {
            range.convert(values);
        }
        norm::part_sum(values)
    }
}

/// One part of a long row, in the second pass.
struct Scaled<'a> {
    values: &'a mut [u8],
    factor: f64,
}

impl Wide for Scaled<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        norm::scale(self.values.as_chunks_mut().0, self.factor);
    }
}

// A share of a long row is a part of it, so that its sum is that of the definition.
const _: () = assert!(SHARE == norm::PART * VALUE && STEP.is_multiple_of(SHARE));
