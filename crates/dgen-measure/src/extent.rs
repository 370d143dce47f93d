//! Cuts the inputs into rounds, and a round into extents that threads read independently.

use std::vec;

use dgen::Result;

use crate::input::{Input, Source, Store, Stream};

/// Most inputs in one round, so that many small files do not exhaust file descriptors.
const ROUND_INPUTS: usize = 256;

/// A range of one input.
pub(crate) struct Extent<'a> {
    pub(crate) store: Store<'a>,
    pub(crate) offset: u64,
    pub(crate) len: usize,
    /// Whether the input ends here.
    pub(crate) ends: bool,
}

/// What the next round reads.
pub(crate) enum Round<'f, 'a> {
    /// Ranges of inputs of known length, in input order.
    Extents(Vec<Extent<'a>>),
    /// The next bytes of a stream.
    Stream(&'f mut Stream<'a>),
}

/// Opens the inputs one after another and deals them out.
pub(crate) struct Feeder<'a> {
    inputs: vec::IntoIter<Input<'a>>,
    current: Option<(Source<'a>, u64)>,
    extent_bytes: usize,
    round_bytes: usize,
}

impl<'a> Feeder<'a> {
    pub(crate) fn new(inputs: Vec<Input<'a>>, extent_bytes: usize, round_bytes: usize) -> Self {
        Self { inputs: inputs.into_iter(), current: None, extent_bytes, round_bytes }
    }

    /// The next round; `None` after the last input.
    pub(crate) fn next_round(&mut self) -> Result<Option<Round<'_, 'a>>> {
        let mut extents = Vec::new();
        let mut room = self.round_bytes;
        let mut opened = 0;
        while opened < ROUND_INPUTS {
            if self.current.is_none() {
                let Some(input) = self.inputs.next() else { break };
                self.current = Some((Source::open(input)?, 0));
                opened += 1;
            }
            let Some((Source::Store(store, len), offset)) = &mut self.current else { break };
            while *offset < *len && room > 0 {
                let take = usize::try_from(*len - *offset).unwrap_or(usize::MAX).min(self.extent_bytes);
                let ends = *offset + take as u64 == *len;
                extents.push(Extent { store: store.clone(), offset: *offset, len: take, ends });
                *offset += take as u64;
                room = room.saturating_sub(self.extent_bytes.min(take));
            }
            if *offset < *len {
                break;
            }
            self.current = None;
        }
        if !extents.is_empty() {
            return Ok(Some(Round::Extents(extents)));
        }
        Ok(match &mut self.current {
            Some((Source::Stream(stream), _)) => Some(Round::Stream(stream)),
            _ => None,
        })
    }

    /// Tells that the stream of the last round has ended.
    pub(crate) fn stream_ended(&mut self) {
        self.current = None;
    }
}
