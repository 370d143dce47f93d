//! How much of data is that of a stream.

use crate::error::Result;
use crate::stream::{Stream, TAG};
use crate::units::{MAX_OFFSET, PAGE};

/// Bytes that must be right where the stream goes on, so that it is by no chance.
pub(super) const SHOWN: usize = 2 * TAG;

/// A tag, and enough behind it.
pub(super) const SEEN: usize = TAG + SHOWN;

/// Bytes at the beginning that are alike.
pub(super) fn alike(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(x, y)| x == y).count()
}

/// Bytes of `data` that are those of the stream from `offset` on.
pub(super) fn matched(stream: &Stream, offset: u64, data: &[u8]) -> Result<usize> {
    let room = usize::try_from(MAX_OFFSET.saturating_sub(offset)).unwrap_or(usize::MAX);
    let (mut expected, mut done) = ([0; PAGE], 0);
    for actual in data[..data.len().min(room)].chunks(PAGE) {
        let expected = &mut expected[..actual.len()];
        stream.fill_at(offset + done as u64, expected)?;
        let right = alike(expected, actual);
        done += right;
        if right < actual.len() {
            break;
        }
    }
    Ok(done)
}

/// Bytes at the end of `data` that are those of the stream before `offset`.
pub(super) fn matched_back(stream: &Stream, offset: u64, data: &[u8]) -> Result<usize> {
    let len = usize::try_from(offset).map_or(data.len(), |offset| offset.min(data.len()));
    let mut expected = vec![0; len];
    stream.fill_at(offset - len as u64, &mut expected)?;
    Ok(expected.iter().rev().zip(data.iter().rev()).take_while(|(x, y)| x == y).count())
}
