//! Extents: the pieces of one operation, each claimed once a pass.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::options::order::Order;

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

impl Section {
    /// What is left behind the first `len` bytes.
    pub(crate) fn behind(self, len: u64) -> Self {
        let Self { file_offset, stream_offset, size } = self;
        Self { file_offset: file_offset + len, stream_offset: stream_offset + len, size: size - len }
    }
}

/// One I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Number in the order of the data.
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

/// How one section is cut.
#[derive(Clone, Copy, Debug)]
struct Cuts {
    section: Section,
    /// Extents of the operation before this section.
    first: u64,
    /// Bytes of the operation before it.
    position: u64,
    /// Bytes before the first grid line; an extent of their own unless 0.
    head: u64,
    /// Full extents behind the head.
    full: u64,
    /// Bytes behind those, as far as they are aligned; an extent unless 0.
    rest: u64,
    /// What is left; an extent unless 0.
    tail: u64,
}

/// Hands out extents: disjoint, each claimed once a pass; in ascending order, unless another is asked for.
pub(crate) struct Cursor {
    cuts: Vec<Cuts>,
    buffer: u64,
    /// Extents of one pass, and their bytes.
    count: u64,
    size: u64,
    pub(crate) order: Order,
    passes: u64,
    next: AtomicU64,
}

impl Cursor {
    /// Extents of `buffer` bytes, a multiple of `alignment`, that start on the grid; what lies before the first grid
    /// line of a section and after its last one are extents of their own.
    pub(crate) fn new(sections: &[Section], grid: Grid, alignment: u64, buffer: u64) -> Self {
        debug_assert!(buffer >= alignment && buffer.is_multiple_of(alignment));
        let (mut count, mut size) = (0, 0);
        let cuts = sections.iter().map(|section| {
            let cuts = Cuts::new(*section, grid, alignment, buffer, count, size);
            count += cuts.count();
            size += section.size;
            cuts
        });
        let cuts = cuts.collect();
        Self { cuts, buffer, count, size, order: Order::Sequential, passes: 1, next: AtomicU64::new(0) }
    }

    /// The same in another order, and over again until all has been claimed `passes` times.
    pub(crate) fn ordered(self, order: Order, passes: u64) -> Self {
        Self { order, passes, ..self }
    }

    /// The next extent, and its place in the order of claiming; `None` at the end.
    pub(crate) fn claim(&self) -> Option<(u64, Extent)> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let pass = place.checked_div(self.count).filter(|pass| *pass < self.passes)?;
        Some((place, self.extent(self.order.at(place % self.count, self.count, pass))))
    }

    /// The extent that is claimed at `place` of the first pass.
    pub(crate) fn at(&self, place: u64) -> Extent {
        self.extent(self.order.at(place, self.count, 0))
    }

    /// Extents of all passes.
    pub(crate) fn total(&self) -> u64 {
        self.count.saturating_mul(self.passes)
    }

    /// Extents of one pass.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of the operation before extent `index`; all of them behind the last.
    pub(crate) fn position(&self, index: u64) -> u64 {
        if index < self.count { self.extent(index).position } else { self.size }
    }

    /// Extent `index` in the order of the data.
    pub(crate) fn extent(&self, index: u64) -> Extent {
        let section = self.cuts.partition_point(|cuts| cuts.first + cuts.count() <= index);
        let cuts = &self.cuts[section];
        let (within, len) = cuts.piece(index - cuts.first, self.buffer);
        Extent {
            index,
            section,
            position: cuts.position + within,
            file_offset: cuts.section.file_offset + within,
            stream_offset: cuts.section.stream_offset + within,
            len: usize::try_from(len).expect("an extent fits a buffer"),
        }
    }
}

impl Cuts {
    fn new(section: Section, grid: Grid, alignment: u64, buffer: u64, first: u64, position: u64) -> Self {
        let start = if grid == Grid::File { section.file_offset } else { section.stream_offset };
        let past = start % alignment;
        let head = if past == 0 { 0 } else { section.size.min(alignment - past) };
        let behind = section.size - head;
        let (full, left) = (behind / buffer, behind % buffer);
        let tail = left % alignment;
        Self { section, first, position, head, full, rest: left - tail, tail }
    }

    fn count(&self) -> u64 {
        self.full + [self.head, self.rest, self.tail].iter().filter(|len| **len > 0).count() as u64
    }

    /// Where extent `index` of the section begins in it, and its length.
    fn piece(&self, index: u64, buffer: u64) -> (u64, u64) {
        let Some(index) = index.checked_sub(u64::from(self.head > 0)) else { return (0, self.head) };
        let behind = self.head + self.full * buffer;
        if index < self.full {
            (self.head + index * buffer, buffer)
        } else if index == self.full && self.rest > 0 {
            (behind, self.rest)
        } else {
            (behind + self.rest, self.tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTIONS: [Section; 4] = [
        Section { file_offset: 0, stream_offset: 100, size: 10_000 },
        Section { file_offset: 4000, stream_offset: 10_100, size: 3 },
        Section { file_offset: 0, stream_offset: 10_103, size: 0 },
        Section { file_offset: 5000, stream_offset: 10_103, size: 50_000 },
    ];

    #[test]
    fn extents_cover_everything_once_and_are_aligned() {
        for grid in [Grid::File, Grid::Stream] {
            let cursor = Cursor::new(&SECTIONS, grid, 4096, 8192);
            let (mut position, mut index) = (0, 0);
            while let Some((place, extent)) = cursor.claim() {
                assert_eq!((extent.position, extent.index, place), (position, index, index));
                assert_eq!(cursor.position(index), position);
                let section = &SECTIONS[extent.section];
                assert_eq!(extent.file_offset - section.file_offset, extent.stream_offset - section.stream_offset);
                assert_eq!(extent.stream_offset, 100 + position);
                let start = if grid == Grid::File { extent.file_offset } else { extent.stream_offset };
                assert!(extent.len > 0 && extent.len <= 8192);
                assert!(start % 4096 == 0 || start / 4096 == (start + extent.len as u64 - 1) / 4096);
                position += extent.len as u64;
                index += 1;
            }
            assert_eq!(position, 60_003);
            assert_eq!((cursor.position(index), cursor.count()), (position, index));
            assert_eq!(cursor.claim(), None);
        }
    }

    #[test]
    fn every_pass_in_every_order_claims_each_extent_once() {
        for order in [Order::Sequential, Order::Random(3)] {
            let cursor = Cursor::new(&SECTIONS, Grid::File, 4096, 4096).ordered(order, 3);
            let mut claims = vec![0; usize::try_from(cursor.count()).unwrap()];
            while let Some((place, extent)) = cursor.claim() {
                claims[usize::try_from(extent.index).unwrap()] += 1;
                assert!(claims.iter().all(|times| *times <= 1 + place / cursor.count()));
            }
            assert!(claims.iter().all(|times| *times == 3), "{claims:?}");
        }
    }

    #[test]
    fn nothing_has_no_extents() {
        let cursor = Cursor::new(&[], Grid::File, 4096, 4096);
        assert_eq!((cursor.claim(), cursor.position(0)), (None, 0));
    }
}
