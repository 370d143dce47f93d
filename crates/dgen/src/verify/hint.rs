//! What the search for shifted data remembers from page to page.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the last shifted page had its tag, so that the next one need not be searched. It is only a matter of speed: a
/// page that is found by it whole would be found by the search, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Hint(Arc<AtomicUsize>);

impl Hint {
    /// Where pages of the stream begin, as bytes behind the beginnings of pages.
    pub(super) fn residue(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|residue| *residue > 0)
    }

    pub(super) fn remember(&self, residue: usize) {
        self.0.store(residue, Ordering::Relaxed);
    }
}
