//! Zeros in new memory of the heap, without touching what holds them already.
#![allow(unsafe_code, reason = "writes memory that it is lent, and asks the system about it")]

use std::cell::OnceCell;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The whole pages of a piece are handed back to the system, which takes one call each, where they have at least so many
/// bytes; else the system is asked which of them were ever touched, for many pieces at a time.
const HAND_BACK_FROM: usize = 512 << 10;
/// Pages that one question asks about at most.
const QUESTION: usize = 4096;
/// Bits of a page's entry that say that it lies in memory, or was swapped out: it may hold anything.
const TOUCHED: u64 = 0b11 << 62;

/// New pieces of private memory that are to be zero.
pub(super) struct Zeroes {
    page: usize,
    /// What the system says of this process's pages, opened when it is first asked; `None` where it says nothing.
    pages: OnceCell<Option<File>>,
    /// Start and length of whole pages that may hold something.
    pieces: Vec<(usize, usize)>,
    entries: Vec<u8>,
}

impl Zeroes {
    pub(super) fn new() -> Self {
        let page = rustix::param::page_size();
        Self { page, pages: OnceCell::new(), pieces: Vec::new(), entries: Vec::new() }
    }

    fn can_ask(&self) -> bool {
        self.pages.get_or_init(|| File::open("/proc/self/pagemap").ok()).is_some()
    }

    /// Makes the `len` bytes at `start` zero, now or in [`finish`](Self::finish).
    ///
    /// # Safety
    /// The memory is private, the caller's alone, and stays so until `finish`.
    pub(super) unsafe fn add(&mut self, start: *mut u8, len: usize) {
        // What is short is cleared whole: to ask takes longer.
        let head = if len < 2 * self.page { len } else { start.align_offset(self.page) };
        let whole = (len - head) / self.page * self.page;
        // SAFETY: head, whole pages and tail are the caller's `len` bytes. The allocator and the object's maker have just
        // touched the pages of head and tail, which are in the caches now and not later. Locked memory is refused.
        unsafe {
            start.write_bytes(0, head);
            start.add(head + whole).write_bytes(0, len - head - whole);
            let pages = start.add(head);
            if whole == 0 {
            } else if whole < HAND_BACK_FROM && self.can_ask() {
                self.pieces.push((pages.expose_provenance(), whole));
            } else if libc::madvise(pages.cast(), whole, libc::MADV_DONTNEED) != 0 {
                pages.write_bytes(0, whole);
            }
        }
    }

    /// Makes all pieces zero that are not yet.
    pub(super) fn finish(&mut self) {
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.sort_unstable();
        let mut rest = pieces.as_slice();
        while let Some(&(first, _)) = rest.first() {
            let begin = first / self.page;
            let near = |&(start, len): &(usize, usize)| (start + len) / self.page - begin <= QUESTION;
            let count = rest.iter().take_while(|piece| near(piece)).count().max(1);
            let (now, later) = rest.split_at(count);
            let last = now[count - 1];
            self.clear(now, begin, (last.0 + last.1) / self.page - begin);
            rest = later;
        }
        pieces.clear();
        self.pieces = pieces;
    }

    /// Clears the pages of some pieces that were touched; they lie within `count` pages from page `begin` on.
    fn clear(&mut self, pieces: &[(usize, usize)], begin: usize, count: usize) {
        self.entries.resize(count * 8, 0);
        let said = self
            .pages
            .get()
            .and_then(Option::as_ref)
            .map(|pages| pages.read_exact_at(&mut self.entries, begin as u64 * 8));
        let is_known = matches!(said, Some(Ok(())));
        let touched = |page: usize| {
            let entry: [u8; 8] = self.entries[(page - begin) * 8..][..8].try_into().unwrap_or([0xff; 8]);
            !is_known || u64::from_ne_bytes(entry) & TOUCHED != 0
        };
        for &(start, len) in pieces {
            for at in (start..start + len).step_by(self.page).filter(|at| touched(at / self.page)) {
                // SAFETY: a page of a piece that `add` was promised.
                unsafe { std::ptr::with_exposed_provenance_mut::<u8>(at).write_bytes(0, self.page) };
            }
        }
    }
}
