//! Extents: the pieces of one operation, claimed in ascending order.

use std::sync::{Mutex, PoisonError};

/// A part of the operation that lies in one file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    /// Position in the file of the first byte.
    pub(crate) file_offset: u64,
    /// Stream offset of the first byte.
    pub(crate) stream_offset: u64,
    /// Bytes.
    pub(crate) size: u64,
}

/// One I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Number in the order of claiming.
    pub(crate) index: u64,
    /// Which section it belongs to.
    pub(crate) section: usize,
    /// Bytes of the whole operation before it.
    pub(crate) position: u64,
    pub(crate) file_offset: u64,
    pub(crate) stream_offset: u64,
    pub(crate) len: usize,
}

/// Which offset decides where extents are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grid {
    /// Positions in the file, as direct I/O needs it.
    File,
    /// Stream offsets, so that pages stay whole.
    Stream,
}

/// Hands out extents: consecutive, disjoint, in ascending order, each claimed once.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    sections: &'a [Section],
    grid: Grid,
    alignment: u64,
    buffer: u64,
    next: Mutex<Next>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Next {
    index: u64,
    section: usize,
    within: u64,
    position: u64,
}

impl<'a> Cursor<'a> {
    /// Extents of `buffer` bytes, a multiple of `alignment`, that start on the grid; what lies before the first grid
    /// line of a section and after its last one are extents of their own.
    pub(crate) fn new(sections: &'a [Section], grid: Grid, alignment: u64, buffer: u64) -> Self {
        debug_assert!(buffer >= alignment && buffer.is_multiple_of(alignment));
        Self { sections, grid, alignment, buffer, next: Mutex::default() }
    }

    /// The next extent; `None` at the end.
    pub(crate) fn claim(&self) -> Option<Extent> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let mut section = self.sections.get(next.section)?;
        while next.within == section.size {
            next.section += 1;
            next.within = 0;
            section = self.sections.get(next.section)?;
        }
        let len = self.length(section, next.within);
        let extent = Extent {
            index: next.index,
            section: next.section,
            position: next.position,
            file_offset: section.file_offset + next.within,
            stream_offset: section.stream_offset + next.within,
            len: usize::try_from(len).expect("an extent fits a buffer"),
        };
        next.index += 1;
        next.within += len;
        next.position += len;
        Some(extent)
    }

    /// Bytes claimed so far.
    pub(crate) fn claimed(&self) -> u64 {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).position
    }

    fn length(&self, section: &Section, within: u64) -> u64 {
        let start = if self.grid == Grid::File { section.file_offset } else { section.stream_offset };
        let past = (start + within) % self.alignment;
        let left = section.size - within;
        if past != 0 {
            left.min(self.alignment - past)
        } else if left >= self.buffer {
            self.buffer
        } else if left >= self.alignment {
            left - left % self.alignment
        } else {
            left
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_cover_everything_once_and_are_aligned() {
        let sections = [
            Section { file_offset: 0, stream_offset: 100, size: 10_000 },
            Section { file_offset: 4000, stream_offset: 10_100, size: 3 },
            Section { file_offset: 5000, stream_offset: 10_103, size: 50_000 },
        ];
        for grid in [Grid::File, Grid::Stream] {
            let cursor = Cursor::new(&sections, grid, 4096, 8192);
            let (mut position, mut index) = (0, 0);
            while let Some(extent) = cursor.claim() {
                assert_eq!((extent.position, extent.index), (position, index));
                let section = &sections[extent.section];
                assert_eq!(extent.file_offset - section.file_offset, extent.stream_offset - section.stream_offset);
                assert_eq!(extent.stream_offset, 100 + position);
                let start = if grid == Grid::File { extent.file_offset } else { extent.stream_offset };
                assert!(extent.len > 0 && extent.len <= 8192);
                assert!(start % 4096 == 0 || start / 4096 == (start + extent.len as u64 - 1) / 4096);
                position += extent.len as u64;
                index += 1;
            }
            assert_eq!(position, 60_003);
            assert_eq!(cursor.claimed(), position);
        }
    }
}
