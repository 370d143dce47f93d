//! Where the stream goes on behind a fault.

use super::compare::{SEEN, SHOWN, alike, matched, matched_back};
use super::odd::damage_of;
use super::{AHEAD, SEARCHES, SequenceVerifier};
use crate::error::Result;
use crate::stream::TAG;
use crate::units::{MAX_OFFSET, PAGE};
use crate::verify::report::DamageKind;

/// How far from its place a piece without a tag is looked for.
const NEAR: u64 = AHEAD as u64 - 8 * PAGE as u64;

/// Bytes of a seam that may be hidden.
const SEAM: usize = 16;

/// Places that are tried for one piece.
const TRIED: usize = 64;

/// Where the stream goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Bytes before it.
    pub(super) at: usize,
    /// The stream offset.
    pub(super) offset: u64,
}

impl SequenceVerifier {
    /// Where the stream goes on in data of which the first byte is wrong; `last`: none comes behind it.
    pub(super) fn find(&mut self, data: &[u8], last: bool) -> Result<Option<Found>> {
        let data = &data[..data.len().min(AHEAD)];
        let tagged = self.by_tag(data)?;
        if tagged.is_some() {
            self.searches = SEARCHES;
        }
        // Only at the fault itself: behind bytes that are of nowhere, the stream is looked for by its tags.
        if !self.odd.is_empty() {
            return Ok(tagged);
        }
        let (explained, due) = self.by_turn(data, last)?;
        if let Some(found) = tagged.filter(|found| found.at == 0) {
            // What repeats is at several places; it is likelier that which is due.
            let more = due.is_none() || matched(&self.verifier.stream, found.offset, data)? > explained;
            return Ok(if more { tagged } else { due });
        }
        if due.is_some() {
            return Ok(due);
        }
        let before = tagged.map_or(data.len(), |found| found.at);
        if before < TAG || self.searches == 0 || self.is_in_place(data, tagged)? {
            return Ok(tagged);
        }
        self.searches -= 1;
        let near = self.by_word(data)?.map(|offset| Found { at: 0, offset });
        Ok(near.or(tagged))
    }

    /// By the first tag with a page behind it, or from which the stream can be followed back to the beginning; else the one
    /// with most behind it. Pages that repeat lines may repeat the one with the tag.
    fn by_tag(&self, data: &[u8]) -> Result<Option<Found>> {
        let stream = &self.verifier.stream;
        let mut best = (0, None);
        for (at, bytes) in data.windows(TAG).enumerate() {
            let tag = bytes.first_chunk().expect("a window is as long as a tag");
            let near = self.run.end().saturating_add(at as u64);
            let Some(offset) = stream.nearest_of_tag(tag, near) else { continue };
            let shown = matched(stream, offset, &data[at..])?;
            if shown < SEEN.min(data.len() - at) {
                continue;
            }
            let back = matched_back(stream, offset, &data[..at])?;
            let found = Some(Found { at: at - back, offset: offset - back as u64 });
            if shown >= PAGE.min(data.len() - at) || back == at {
                return Ok(found);
            }
            if shown > best.0 {
                best = (shown, found);
            }
        }
        Ok(best.1)
    }

    /// By what should come: what is next in turn, what did not come yet, or the end of the range; and how much that explains.
    fn by_turn(&self, data: &[u8], last: bool) -> Result<(usize, Option<Found>)> {
        let end = last.then(|| self.end.checked_sub(data.len() as u64)).flatten();
        let expected = Some(self.coverage.expected());
        let mut best = (SHOWN.min(data.len()), None);
        for offset in expected.into_iter().chain(self.coverage.open().take(8)).chain(end) {
            let len = matched(&self.verifier.stream, offset, data)?;
            if len > best.0 || (len == best.0 && best.1.is_none()) {
                best = (len, Some(Found { at: 0, offset }));
            }
        }
        Ok(best)
    }

    /// Whether the data before `found` is what flipped or cleared bits made of what belongs there.
    fn is_in_place(&self, data: &[u8], found: Option<Found>) -> Result<bool> {
        let Some(found) = found.filter(|found| self.run.end() + found.at as u64 == found.offset) else {
            return Ok(false);
        };
        let ranges = damage_of(&data[..found.at], &self.verifier, self.run.end())?;
        Ok(ranges.iter().all(|range| matches!(range.kind, DamageKind::Flipped | DamageKind::Zeroed)))
    }

    /// By the first bytes, in the stream around: of all places the one that explains most, with what then follows.
    fn by_word(&self, data: &[u8]) -> Result<Option<u64>> {
        let Some(wanted) = data.first_chunk::<TAG>().filter(|word| word.iter().any(|byte| *byte != word[0])) else {
            return Ok(None);
        };
        let stream = &self.verifier.stream;
        let from = self.run.end().saturating_sub(NEAR);
        let len = self.run.end().saturating_add(NEAR).min(MAX_OFFSET) - from;
        let mut around = vec![0; usize::try_from(len).expect("it is twice as far as pieces are looked for")];
        stream.fill_at(from, &mut around)?;
        let places = around.windows(TAG).enumerate().filter(|(_, word)| word == wanted).take(TRIED);
        let mut best = (0, None);
        for (at, _) in places {
            let offset = from + at as u64;
            let explained = self.explained(offset, data, (from, &around))?;
            if explained > best.0 {
                best = (explained, Some(offset));
            }
        }
        Ok(best.1)
    }

    /// Bytes of data that are explained by a piece that is of `offset`, came before its turn or again, and is followed by
    /// what was due; the seams may be hidden by bytes that are alike. `around`: the stream from an offset on.
    fn explained(&self, offset: u64, data: &[u8], (from, around): (u64, &[u8])) -> Result<usize> {
        let stream = &self.verifier.stream;
        let (due, piece) = (self.run.end(), matched(stream, offset, data)?);
        let mut best = piece;
        for hidden in 0..SEAM.min(piece) {
            let rest = &data[piece - hidden..];
            let before = usize::try_from(offset.saturating_sub(due)).map_or(rest.len(), |len| len.min(rest.len()));
            let before = if offset < due { rest.len() } else { before };
            for passed in 0..SEAM as u64 {
                let Some(next) = due.checked_sub(passed).filter(|next| *next >= from) else { break };
                let shown = usize::try_from(next - from).map_or(&[][..], |at| &around[at..]);
                if alike(shown, &rest[..before.min(TAG)]) < before.min(TAG) {
                    continue;
                }
                let mut explained = piece - hidden + matched(stream, next, &rest[..before])?;
                if explained == piece - hidden + before {
                    let behind = offset.saturating_add((piece - hidden) as u64);
                    explained += matched(stream, behind, &rest[before..])?;
                }
                best = best.max(explained);
            }
        }
        Ok(best)
    }
}
