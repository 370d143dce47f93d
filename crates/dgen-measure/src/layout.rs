//! What a system makes records of: each input from its start, small files together where it packs them, and whole files
//! once where it looks for that.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::fingerprint::digest;
use crate::keep::{Keep, Pass, pass_bytes};
use crate::scan::{Piece, Scan};

/// A step of a system that takes files one after another.
pub(crate) enum Step<'d> {
    Record(Record<'d>),
    /// The input has ended; whether its content was not there before.
    End {
        fresh: bool,
    },
}

/// Bytes that are compressed as one.
pub(crate) struct Record<'d> {
    pub(crate) bytes: Cow<'d, [u8]>,
    /// Where it begins in its input.
    pub(crate) at: u64,
    /// Whether it is all of its input.
    pub(crate) is_whole: bool,
    /// Whether it belongs to no single input.
    pub(crate) is_shared: bool,
}

/// The inputs, as far as they were seen.
pub(crate) struct Layout {
    record: usize,
    /// Whether files below a record share records.
    packs: bool,
    /// Contents of whole files, where they are stored once.
    seen: Option<HashSet<u128>>,
    /// Bytes of the current input so far, and the hash of its records, one after another.
    at: u64,
    content: u128,
    /// Small files that share the next record.
    shared: Vec<u8>,
}

impl Keep for Layout {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        self.seen.pass(way)?;
        self.at.pass(way)?;
        self.content.pass(way)?;
        pass_bytes(&mut self.shared, way)
    }
}

impl Layout {
    pub(crate) fn new(record: u64, packs: bool, once: bool) -> Self {
        Self {
            record: usize::try_from(record).expect("records are small"),
            packs,
            seen: once.then(HashSet::new),
            at: 0,
            content: 0,
            shared: Vec::new(),
        }
    }

    /// The records of a round, in input order.
    pub(crate) fn steps<'d>(&mut self, scan: &'d Scan) -> Vec<Step<'d>> {
        let mut steps = Vec::new();
        for &Piece { start, len, ends, .. } in scan.pieces() {
            let bytes = &scan.data()[start..][..len];
            for raw in bytes.chunks(self.record) {
                let is_whole = self.at == 0 && ends && raw.len() == len;
                if self.seen.is_some() {
                    let both = [self.content.to_le_bytes(), digest(raw)];
                    self.content = u128::from_le_bytes(digest(both.as_flattened()));
                }
                if self.packs && is_whole && len < self.record {
                    if self.is_fresh() {
                        steps.extend(self.pack(raw));
                    }
                } else {
                    let record = Record { bytes: Cow::Borrowed(raw), at: self.at, is_whole, is_shared: false };
                    steps.push(Step::Record(record));
                    self.at += raw.len() as u64;
                }
            }
            if ends {
                if self.at > 0 {
                    steps.push(Step::End { fresh: self.is_fresh() });
                }
                self.at = 0;
            }
        }
        steps
    }

    /// What small files are left, once all was taken.
    pub(crate) fn rest(&mut self) -> Option<Step<'static>> {
        (!self.shared.is_empty()).then(|| shared(std::mem::take(&mut self.shared)))
    }

    /// Whether the input that ends is not one that was there before.
    fn is_fresh(&mut self) -> bool {
        let content = std::mem::take(&mut self.content);
        self.seen.as_mut().is_none_or(|seen| seen.insert(content))
    }

    /// Adds a small file to the record that others share; gives that one which has no room for it.
    fn pack(&mut self, raw: &[u8]) -> Option<Step<'static>> {
        let full = self.shared.len() + raw.len() > self.record;
        let done = if full { self.rest() } else { None };
        self.shared.extend_from_slice(raw);
        done
    }
}

fn shared(bytes: Vec<u8>) -> Step<'static> {
    Step::Record(Record { bytes: Cow::Owned(bytes), at: 0, is_whole: false, is_shared: true })
}
