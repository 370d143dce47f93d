//! Where a buffer may be cut.

/// Bytes that one thread claims at a time in a parallel fill.
pub(crate) const SHARE: usize = 256 << 10;
/// Bytes that one thread claims at a time when there are many for each: a huge page. Two threads that touch one for the
/// first time would both clear it, and one of them in vain.
pub(super) const LARGE_SHARE: usize = 2 << 20;
/// Where a buffer is cut: behind its first `first` bytes, and then every `share` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) first: usize,
    pub(crate) share: usize,
    /// Whether it may be cut elsewhere too.
    pub(crate) cut_anywhere: bool,
}

impl Grid {
    /// Position and length of each share of `len` bytes.
    pub(super) fn shares(self, len: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.first.min(len);
        let rest = (first..len).step_by(self.share).map(move |at| (at, self.share.min(len - at)));
        [(0, first)].into_iter().filter(|(_, first)| *first > 0).chain(rest)
    }
}
