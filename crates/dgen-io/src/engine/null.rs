//! Completes at once and keeps nothing: shows what generation and the loop take.

use std::io;

use super::inline::{Inline, Mover};
use super::kind::{EngineKind, EngineTarget, Made};
use super::operation::Op;
use crate::options::io::MAX_DEPTH;

pub(crate) static NULL: EngineKind = EngineKind {
    name: "null",
    default_depth: 1,
    max_depth: MAX_DEPTH,
    overlaps: false,
    is_ring: false,
    target: EngineTarget::Nowhere,
    make: |setup, _| Ok(Made::plain(Inline::new(Null), setup.depth)),
};

#[derive(Debug)]
struct Null;

impl Mover for Null {
    fn carry_out(&mut self, op: &mut Op) -> io::Result<usize> {
        Ok(op.range.len())
    }
}
