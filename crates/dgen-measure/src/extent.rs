//! Cuts the inputs into rounds, and a round into extents that threads read independently.

use std::vec;

use dgen::{Error, ErrorKind, Result};

use crate::input::{Input, Source, Store, Stream};
use crate::keep::keeps;
use crate::options::Plan;

/// Most inputs in one round, so that many small files do not exhaust file descriptors.
const ROUND_INPUTS: usize = 256;

/// A range of one input.
pub(crate) struct Extent<'a> {
    pub(crate) store: Store<'a>,
    pub(crate) offset: u64,
    pub(crate) len: usize,
    /// Whether the input ends here.
    pub(crate) ends: bool,
    /// Number of the input.
    pub(crate) input: usize,
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
    /// Inputs that were opened, and those that were tried.
    pub(crate) opened: usize,
    tried: usize,
    /// Whether an input that cannot be opened is an error.
    strict: bool,
    /// What could not be opened since it was asked.
    pub(crate) unopened: Vec<Error>,
    extent_bytes: usize,
    round_bytes: usize,
}

/// How far inputs were dealt out.
#[derive(Default)]
pub(crate) struct Place {
    tried: usize,
    opened: usize,
    /// In the input that was opened last, unless it was dealt out to its end.
    offset: Option<u64>,
}

keeps!(Place: tried, opened, offset);

impl<'a> Feeder<'a> {
    pub(crate) fn new(inputs: Vec<Input<'a>>, plan: &Plan) -> Self {
        let strict = plan.strict || inputs.len() == 1;
        let (extent_bytes, round_bytes) = (plan.extent_bytes, plan.round_bytes);
        let (inputs, unopened) = (inputs.into_iter(), Vec::new());
        Self { inputs, current: None, opened: 0, tried: 0, strict, unopened, extent_bytes, round_bytes }
    }

    /// The next round; `None` after the last input.
    pub(crate) fn next_round(&mut self) -> Result<Option<Round<'_, 'a>>> {
        let mut extents = Vec::new();
        let mut room = self.round_bytes;
        let mut opened = 0;
        // What cannot be opened counts, so that the list of it does not keep others waiting.
        while opened < ROUND_INPUTS {
            if self.current.is_none() {
                let Some(input) = self.inputs.next() else { break };
                opened += 1;
                self.tried += 1;
                match Source::open(input) {
                    Ok(source) => {
                        self.current = Some((source, 0));
                        self.opened += 1;
                    }
                    Err(error) if self.strict => return Err(error),
                    Err(error) => {
                        self.unopened.push(error);
                        continue;
                    }
                }
            }
            let Some((Source::Store(store, len), offset)) = &mut self.current else { break };
            while *offset < *len && room > 0 {
                let take = usize::try_from(*len - *offset).unwrap_or(usize::MAX).min(self.extent_bytes);
                let ends = *offset + take as u64 == *len;
                extents.push(Extent { store: store.clone(), offset: *offset, len: take, ends, input: self.opened });
                *offset += take as u64;
                room = room.saturating_sub(self.extent_bytes.min(take));
            }
            if *offset < *len {
                break;
            }
            self.current = None;
        }
        if !extents.is_empty() || opened == ROUND_INPUTS {
            return Ok(Some(Round::Extents(extents)));
        }
        Ok(match &mut self.current {
            Some((Source::Stream(stream), _)) => Some(Round::Stream(stream)),
            _ => None,
        })
    }

    /// How far this is.
    pub(crate) fn place(&self) -> Place {
        let offset = self.current.as_ref().map(|(_, offset)| *offset);
        Place { tried: self.tried, opened: self.opened, offset }
    }

    /// Goes to a place where one with the same inputs was.
    ///
    /// # Errors
    /// When the input there cannot be opened.
    pub(crate) fn go_to(&mut self, place: &Place) -> Result<()> {
        (self.tried, self.opened) = (place.tried, place.opened);
        let open = usize::from(place.offset.is_some());
        self.inputs.by_ref().take(place.tried.saturating_sub(open)).for_each(drop);
        let Some(offset) = place.offset else { return Ok(()) };
        let Some(input) = self.inputs.next() else { return Ok(()) };
        match Source::open(input)? {
            Source::Store(store, len) => self.current = Some((Source::Store(store, len), offset)),
            Source::Stream(_) => {
                return Err(Error::new(ErrorKind::Io, "state: what was a file is none any more"));
            }
        }
        Ok(())
    }

    /// Tells that the stream of the last round has ended.
    pub(crate) fn stream_ended(&mut self) {
        self.current = None;
    }

    /// Tells that reading an input has failed: no more of it is dealt out.
    pub(crate) fn failed(&mut self, input: usize) {
        if self.opened == input {
            self.current = None;
        }
    }
}
