//! Data that lies some bytes from where it belongs.
//!
//! What is found depends on the page alone, so that it is the same however data is cut into pieces. Near places are found
//! by looking for some of the page's bytes in the stream around it, all others by the tag that lies inside the page.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::difference::Difference;
use super::report::{DamageKind, DamageRange};
use crate::stream::{Stream, TAG};
use crate::units::{MAX_OFFSET, PAGE, SECTOR, page_remainder};

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

/// Bytes of a page, as a distance.
const PAGE_DISTANCE: i64 = 4096;

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

/// The damage of a page that holds data of the stream which belongs some bytes before or behind.
pub(super) fn shifted(
    (stream, hint): (&Stream, &Hint),
    offset: u64,
    expected: &[u8],
    actual: &[u8],
    difference: &Difference<'_>,
) -> Option<DamageRange> {
    let page = Page::new(stream, offset, expected, actual)?;
    let hinted = || page.whole_at(hint.residue()?);
    let found = hinted().or_else(|| page.search()).filter(|found| found.explained >= SHOWN)?;
    if difference.is_of_whole_sectors() && page.is_torn(found) {
        return None;
    }
    if found.whole {
        hint.remember(residue(found.distance));
    }
    Some(page.range(found.distance, difference))
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
    fn moved(&self, distance: i64) -> Cow<'_, [u8]> {
        let len = self.actual.len();
        match usize::try_from(i128::from(PAGE_DISTANCE) - i128::from(distance)) {
            Ok(at) if at <= 2 * PAGE => self.around[at..at + len].into(),
            _ => self.stream_at(i128::from(self.offset) - i128::from(distance), len).into(),
        }
    }

    fn candidate(&self, distance: i64) -> Candidate {
        let moved = self.moved(distance);
        let groups = self.expected.chunks(GROUP).zip(self.actual.chunks(GROUP)).zip(moved.chunks(GROUP));
        let equal = groups.filter(|((x, y), z)| y == z && x != y).map(|(pair, _)| pair);
        let shown = |(x, y): (&[u8], &[u8])| x.iter().zip(y).filter(|(x, y)| x != y && **y != 0).count();
        Candidate { distance, explained: equal.map(shown).sum(), whole: *moved == *self.actual }
    }

    /// The nearest distance at which all is right, of those at which pages of the stream begin at this place in a page.
    fn whole_at(&self, residue: usize) -> Option<Candidate> {
        let near = i64::try_from(residue).expect("it is below a page");
        let at = (residue + PAGE - page_remainder(self.offset)) % PAGE;
        let distances = [Some(near), Some(near - PAGE_DISTANCE), self.told_by_tag(at)].into_iter().flatten();
        let whole = distances.filter(|distance| *self.moved(*distance) == *self.actual);
        whole.min_by_key(|distance| nearness(*distance)).map(|distance| self.candidate(distance))
    }

    /// The distance that the tag tells which begins at byte `at`, of whichever length.
    fn told_by_tag(&self, at: usize) -> Option<i64> {
        let source = self.stream.offset_of_tag(self.actual.get(at..)?.first_chunk()?)?;
        i64::try_from(i128::from(self.offset) + at as i128 - i128::from(source)).ok()
    }

    /// Whether the bytes behind a tag are right as well, or those before it where it ends the page: alone it names nothing.
    fn is_shown_behind(&self, at: usize, distance: i64) -> bool {
        let behind = at + TAG..(at + 4 * TAG).min(self.actual.len());
        let shown = if behind.is_empty() { at.saturating_sub(TAG)..at } else { behind };
        self.moved(distance)[shown.clone()] == self.actual[shown]
    }

    /// The distance that explains most of what is wrong.
    fn search(&self) -> Option<Candidate> {
        let near = self.near_distances().into_iter().map(|distance| self.candidate(distance)).reduce(better);
        if near.is_some_and(|found| found.whole) {
            return near;
        }
        let tagged = self.tags().into_iter().filter_map(|at| {
            let distance = self.told_by_tag(at).filter(|distance| self.is_shown_behind(at, *distance))?;
            Some(self.candidate(distance))
        });
        near.into_iter().chain(tagged).reduce(better)
    }

    /// Distances below a page at which some wrong bytes, at the beginning, the end or in the middle, would be right.
    fn near_distances(&self) -> Vec<i64> {
        let is_shown = |i: &usize| self.expected[*i] != self.actual[*i] && self.actual[*i] != 0;
        let len = self.actual.len();
        let Some((first, last)) = (0..len).find(is_shown).zip((0..len).rfind(is_shown)) else { return Vec::new() };
        let mut distances = Vec::new();
        for at in [first, usize::midpoint(first, last), last.saturating_sub(TAG - 1)] {
            let Some(wanted) = self.actual.get(at..).and_then(word) else { continue };
            let places = self.around.windows(TAG).enumerate().filter(|(_, bytes)| word(bytes) == Some(wanted));
            distances.extend(
                places.filter_map(|(place, _)| i64::try_from(at + PAGE).ok()?.checked_sub_unsigned(place as u64)),
            );
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

    /// Whether sectors of a page that lies whole pages away explain more, or as much where the data may have been cut at a
    /// sector, so that nothing need have been shifted.
    fn is_torn(&self, found: Candidate) -> bool {
        let ties = usize::from(residue(found.distance).is_multiple_of(SECTOR));
        let whole_pages = found.distance.div_euclid(PAGE_DISTANCE) * PAGE_DISTANCE;
        let others = [Some(whole_pages), whole_pages.checked_add(PAGE_DISTANCE)].into_iter().flatten();
        let others = others.filter(|distance| *distance != 0).map(|distance| self.candidate(distance));
        others.into_iter().any(|other| other.explained + ties > found.explained)
    }

    /// The damaged bytes, with those that are right by chance at the ends.
    fn range(&self, distance: i64, difference: &Difference<'_>) -> DamageRange {
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

/// Where pages of the stream begin, as bytes behind the beginnings of pages, in data that lies at `distance`.
fn residue(distance: i64) -> usize {
    usize::try_from(distance.rem_euclid(PAGE_DISTANCE)).expect("it is below a page")
}

/// The first bytes, so many as a tag has.
fn word(bytes: &[u8]) -> Option<u128> {
    bytes.first_chunk().map(|bytes| u128::from_le_bytes(*bytes))
}

/// The one of two that explains more, or else the nearer one.
fn better(one: Candidate, other: Candidate) -> Candidate {
    let rank = |found: &Candidate| (Reverse(found.explained), nearness(found.distance));
    if rank(&other) < rank(&one) { other } else { one }
}

fn nearness(distance: i64) -> (u64, bool) {
    (distance.unsigned_abs(), distance < 0)
}
