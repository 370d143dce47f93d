//! Filling: joins the plan, which knows what goes where, with a kernel, which makes pages.

use std::cell::RefCell;
use std::sync::Arc;

use crate::kernel::{Byte, How, Kernel, fence};
use crate::key::Key;
use crate::layout::PageLayouts;
use crate::plan::dedup::DedupPlan;
use crate::tensor::Numbers;
use crate::units::{LINE, PAGE, page_remainder};

/// A page of which a part is wanted. One per thread, so that short fills need not clear one each time.
#[repr(C, align(64))]
struct PartPage([Byte; PAGE]);

thread_local! {
    static PART: RefCell<PartPage> = const { RefCell::new(PartPage([Byte::uninit(); PAGE])) };
}

/// Everything needed to fill any range of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Filler {
    pub(crate) key: Key,
    pub(crate) dedup: DedupPlan,
    layouts: Option<Arc<PageLayouts>>,
    numbers: Option<Arc<Numbers>>,
    kernel: Kernel,
    pages_per_block: u64,
}

impl Filler {
    pub(crate) fn new(
        key: Key,
        dedup: DedupPlan,
        (layouts, numbers): (Option<PageLayouts>, Option<Numbers>),
        kernel: Kernel,
        pages_per_block: u64,
    ) -> Self {
        Self { key, dedup, layouts: layouts.map(Arc::new), numbers: numbers.map(Arc::new), kernel, pages_per_block }
    }

    /// The same stream in another version.
    pub(crate) fn with_version(&self, version: u32) -> Self {
        Self { key: self.key.with_version(version), ..self.clone() }
    }

    /// The stream of another key and its plan, alike in layouts and blocks.
    pub(crate) fn with_key(&self, key: Key, dedup: DedupPlan) -> Self {
        Self { key, dedup, ..self.clone() }
    }

    /// The same with other layouts, for textures that depend on the key.
    pub(crate) fn with_layouts(self, layouts: Option<PageLayouts>) -> Self {
        Self { layouts: layouts.map(Arc::new), ..self }
    }

    pub(crate) fn kernel(&self) -> Kernel {
        self.kernel
    }

    pub(crate) fn pages_per_block(&self) -> u64 {
        self.pages_per_block
    }

    /// Writes the stream's bytes from `offset` on, every byte of `out`; the caller has checked that they exist. Only whole
    /// pages are stored past the caches.
    pub(crate) fn fill(&self, offset: u64, out: &mut [Byte], how: How) {
        let within = page_remainder(offset);
        let mut page = offset / PAGE as u64;
        let mut out = out;
        if within != 0 {
            let (head, rest) = out.split_at_mut(out.len().min(PAGE - within));
            self.part(page, within, head, how.tagged);
            page += 1;
            out = rest;
        }
        let (whole, tail) = out.split_at_mut(out.len() - out.len() % PAGE);
        self.whole(page, whole, how);
        if how.stream {
            fence();
        }
        if !tail.is_empty() {
            self.part(page + (whole.len() / PAGE) as u64, 0, tail, how.tagged);
        }
    }

    /// Writes whole pages from stream page `page` on, block by block.
    fn whole(&self, page: u64, out: &mut [Byte], how: How) {
        let (mut page, mut out) = (page, out);
        while !out.is_empty() {
            let (block, within) = (page / self.pages_per_block, page % self.pages_per_block);
            let left = self.pages_per_block - within;
            let wanted = (out.len() / PAGE) as u64;
            let pages = left.min(wanted);
            #[expect(clippy::cast_possible_truncation, reason = "pages <= out.len() / PAGE")]
            let (now, rest) = out.split_at_mut(pages as usize * PAGE);
            let number = self.dedup.content(block) * self.pages_per_block + within;
            self.pages(&self.key, number, now, how);
            page += pages;
            out = rest;
        }
    }

    /// Writes a part of stream page `page` that starts `within` bytes into it and ends inside it.
    fn part(&self, page: u64, within: usize, out: &mut [Byte], tagged: bool) {
        let end = within + out.len();
        let number = self.page_number(page);
        PART.with_borrow_mut(|PartPage(whole)| {
            if self.layouts.is_some() || self.numbers.is_some() {
                self.pages(&self.key, number, whole, How { stream: false, tagged });
            } else {
                self.kernel.fill_head(&self.key, number, &mut whole[..end.next_multiple_of(4 * LINE)]);
            }
            out.copy_from_slice(&whole[within..end]);
        });
    }

    /// The page number (FORMAT.md, section 8) of the stream's `page`-th page.
    pub(crate) fn page_number(&self, page: u64) -> u64 {
        let (block, within) = (page / self.pages_per_block, page % self.pages_per_block);
        self.dedup.content(block) * self.pages_per_block + within
    }

    /// Writes one page by its number and version, wherever it lies in the stream.
    pub(crate) fn page_by_number(&self, number: u64, version: u32, out: &mut [Byte; PAGE]) {
        self.pages(&self.key.with_version(version), number, out, How::CACHED);
    }

    /// Writes pages `number`, `number + 1` and so on of a version's key.
    #[inline]
    fn pages(&self, key: &Key, number: u64, out: &mut [Byte], how: How) {
        match self.numbers.as_deref() {
            None => self.kernel.fill_pages(key, self.layouts.as_deref(), number, out, how.stream),
            Some(numbers) => self.kernel.fill_numbers(key, numbers, number, out, how),
        }
    }
}
