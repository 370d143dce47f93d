//! Data that lies some bytes from where it belongs.
//!
//! What is found depends on the page alone, so that it is the same however data is cut into pieces. Near places are found
//! by looking for some of the page's bytes in the stream around it, all others by the tag that lies inside the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Verifier;
use super::difference::Difference;
use super::report::{DamageKind, DamageRange};
use crate::stream::{Stream, TAG};
use crate::units::{MAX_OFFSET, PAGE, page_remainder};

/// Wrong bytes that a shift must explain.
const SHOWN: usize = 12;

/// Bytes that are right together where a shift explains them: single ones are right by chance.
const GROUP: usize = 8;

/// Where the last shifted page had its tag, so that the next one need not be searched. It is only a matter of speed: a
/// page that is found by it whole would be found by the search, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Hint(Arc<AtomicUsize>);

impl Hint {
    fn residue(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|residue| *residue > 0)
    }

    fn remember(&self, residue: usize) {
        self.0.store(residue, Ordering::Relaxed);
    }
}

/// A distance, and how well it explains what is there.
#[derive(Clone, Copy)]
struct Candidate {
    distance: i64,
    /// Wrong bytes that are right at that distance; zeros, which may lie anywhere, do not count.
    explained: usize,
    /// Whether all bytes are right at that distance.
    whole: bool,
}

/// A damaged page, or a part of one, and the stream around it.
struct Page<'a> {
    stream: &'a Stream,
    offset: u64,
    expected: &'a [u8],
    actual: &'a [u8],
    /// The stream from a page before it to a page behind it; zeros where there is no stream.
    around: Vec<u8>,
}

impl Verifier {
    /// The damage of a page that holds data of the stream which belongs some bytes before or behind.
    pub(super) fn shifted(
        &self,
        offset: u64,
        expected: &[u8],
        actual: &[u8],
        difference: &Difference,
    ) -> Option<DamageRange> {
        let page = Page::new(&self.stream, offset, expected, actual)?;
        let hinted = || page.at_residue(self.hint.residue()?).filter(|found| found.whole);
        let found = hinted().or_else(|| page.search()).filter(|found| found.explained >= SHOWN)?;
        if difference.is_of_whole_sectors() && page.is_torn(found) {
            return None;
        }
        if found.whole {
            self.hint.remember(page.residue(found.distance));
        }
        Some(page.range(found.distance, difference))
    }
}

impl<'a> Page<'a> {
    fn new(stream: &'a Stream, offset: u64, expected: &'a [u8], actual: &'a [u8]) -> Option<Self> {
        let mut page = Self { stream, offset, expected, actual, around: Vec::new() };
        (actual.len() >= TAG).then(|| {
            page.around = page.stream_at(i128::from(offset) - PAGE as i128, actual.len() + 2 * PAGE);
            page
        })
    }

    /// The bytes of the stream from a place on, with zeros where there is no stream.
    fn stream_at(&self, from: i128, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let within = |at: i128| usize::try_from((at - from).clamp(0, len as i128)).expect("it is within `len`");
        let (start, end) = (within(0), within(i128::from(MAX_OFFSET)));
        if start < end {
            let first = u64::try_from(from + start as i128).expect("the stream begins at 0 and ends below 2^64");
            self.stream.fill_at(first, &mut bytes[start..end]).expect("the range is that of the stream");
        }
        bytes
    }

    /// What should lie at `distance` behind its place to be what lies here.
    fn moved(&self, distance: i64) -> std::borrow::Cow<'_, [u8]> {
        let len = self.actual.len();
        match usize::try_from(PAGE as i128 - i128::from(distance)) {
            Ok(at) if at <= 2 * PAGE => self.around[at..at + len].into(),
            _ => self.stream_at(i128::from(self.offset) - i128::from(distance), len).into(),
        }
    }

    /// Where a page of the stream begins in this one, as bytes behind a multiple of pages, when data lies at `distance`.
    fn residue(&self, distance: i64) -> usize {
        usize::try_from(distance.rem_euclid(PAGE as i64)).expect("it is below a page")
    }

    fn candidate(&self, distance: i64) -> Candidate {
        let moved = self.moved(distance);
        let groups = self.expected.chunks(GROUP).zip(self.actual.chunks(GROUP)).zip(moved.chunks(GROUP));
        let equal = groups.filter(|((_, actual), moved)| actual == moved).map(|(pair, _)| pair);
        let shown = |(x, y): (&[u8], &[u8])| x.iter().zip(y).filter(|(x, y)| x != y && **y != 0).count();
        Candidate { distance, explained: equal.map(shown).sum(), whole: *moved == *self.actual }
    }

    /// The best distance of those at which pages of the stream begin at this place in a page.
    fn at_residue(&self, residue: usize) -> Option<Candidate> {
        let near = residue as i64;
        let near = [near, near - PAGE as i64].map(|distance| Some(self.candidate(distance)));
        let at = (residue + PAGE - page_remainder(self.offset)) % PAGE;
        near.into_iter().chain([self.tagged(at)]).flatten().reduce(better)
    }

    /// The distance that the tag tells which begins at byte `at`, of whichever length.
    fn tagged(&self, at: usize) -> Option<Candidate> {
        let source = self.stream.offset_of_tag(self.actual.get(at..)?.first_chunk()?)?;
        let distance = i64::try_from(i128::from(self.offset) + at as i128 - i128::from(source)).ok()?;
        // A tag alone names nothing; where it ends the page, what lies before it must be right.
        let moved = self.moved(distance);
        let behind = at + TAG..(at + 4 * TAG).min(self.actual.len());
        let shown = if behind.is_empty() { at.saturating_sub(TAG)..at } else { behind };
        (moved[shown.clone()] == self.actual[shown]).then(|| self.candidate(distance))
    }

    /// The distance that explains most of what is wrong.
    fn search(&self) -> Option<Candidate> {
        let near = self.near_distances().into_iter().map(|distance| self.candidate(distance)).reduce(better);
        if near.is_some_and(|found| found.whole) {
            return near;
        }
        let tagged = self.tags().into_iter().filter_map(|at| self.tagged(at)).reduce(better);
        near.into_iter().chain(tagged).reduce(better)
    }

    /// Distances below a page at which some wrong bytes, at the beginning, the end or in the middle, would be right.
    fn near_distances(&self) -> Vec<i64> {
        let is_shown = |i: &usize| self.expected[*i] != self.actual[*i] && self.actual[*i] != 0;
        let len = self.actual.len();
        let Some((first, last)) = (0..len).find(is_shown).zip((0..len).rfind(is_shown)) else { return Vec::new() };
        let mut distances = Vec::new();
        for at in [first, (first + last) / 2, last.saturating_sub(TAG - 1)] {
            let Some(wanted) = self.actual.get(at..).and_then(<[u8]>::first_chunk::<TAG>) else { continue };
            let places = self.around.windows(TAG).enumerate().filter(|(_, bytes)| bytes.first_chunk() == Some(wanted));
            distances.extend(places.map(|(place, _)| (at + PAGE) as i64 - place as i64));
        }
        distances.retain(|distance| *distance != 0 && distance.unsigned_abs() < PAGE as u64);
        distances.sort_unstable();
        distances.dedup();
        distances
    }

    /// Where tags of the stream begin, of each page the first, but for those that begin as this page does.
    fn tags(&self) -> Vec<usize> {
        let mut found: Vec<(usize, u64)> = Vec::new();
        for (at, bytes) in self.actual.windows(TAG).enumerate() {
            let tag = bytes.first_chunk().expect("a window is as long as a tag");
            let Some(source) = self.stream.offset_of_tag(tag) else { continue };
            if found.last().is_none_or(|(_, last)| *last != source) {
                found.push((at, source));
            }
        }
        let aligned = |at: usize| (page_remainder(self.offset) + at).is_multiple_of(PAGE);
        found.into_iter().map(|(at, _)| at).filter(|at| !aligned(*at)).collect()
    }

    /// Whether sectors of a page that lies whole pages away explain as much, so that nothing need have been shifted.
    fn is_torn(&self, found: Candidate) -> bool {
        let whole_pages = found.distance - self.residue(found.distance) as i64;
        let others = [whole_pages, whole_pages + PAGE as i64].into_iter().filter(|distance| *distance != 0);
        others.map(|distance| self.candidate(distance)).any(|other| other.explained >= found.explained)
    }

    /// The damaged bytes, with those that are right by chance at the ends.
    fn range(&self, distance: i64, difference: &Difference) -> DamageRange {
        let (moved, len) = (self.moved(distance), self.actual.len());
        let (start, end) = (difference.start, difference.end);
        let start = if moved[..start] == self.actual[..start] { 0 } else { start };
        let end = if moved[end..] == self.actual[end..] { len } else { end };
        let mut range = DamageRange::new(self.offset + start as u64, (end - start) as u64, DamageKind::Shifted);
        range.source_offset = range.offset.checked_add_signed(-distance);
        range.shift = Some(distance);
        range
    }
}

/// The one of two that explains more, or else the nearer one.
fn better(one: Candidate, other: Candidate) -> Candidate {
    let rank =
        |found: &Candidate| (std::cmp::Reverse(found.explained), found.distance.unsigned_abs(), found.distance < 0);
    if rank(&other) < rank(&one) { other } else { one }
}
