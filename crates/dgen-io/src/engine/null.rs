//! Completes at once and keeps nothing: shows what generation and the loop take.

use std::io;

use super::kind::{EngineKind, EngineTarget, Made};
use super::{inline::Inline, inline::Mover, operation::Op};
use crate::options::io::MAX_DEPTH;

pub(crate) static NULL: EngineKind = EngineKind::inline("null", MAX_DEPTH, EngineTarget::Nowhere, |setup, _| {
    Ok(Made::plain(Inline::new(Null), setup.depth))
});

struct Null;

impl Mover for Null {
    fn carry_out(&mut self, op: &mut Op) -> io::Result<usize> {
        Ok(op.range.len())
    }
}
