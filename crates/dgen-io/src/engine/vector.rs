//! Operations on several pieces of memory at once: how a buffer is cut, and the calls that take the pieces.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::unix::fs::FileExt;

use rustix::io::{preadv, pwritev};

use super::operation::{Action, Op};

/// Bytes up to the end of the piece of `element` bytes in which an operation goes on, after a short move in its middle.
pub(crate) fn first(op: &Op, element: usize) -> usize {
    (element - op.range.start % element).min(op.range.len())
}

/// Moves what is left of an operation, all at once: with a plain call where that is one piece.
pub(crate) fn transfer(op: &mut Op, file: &File, element: usize) -> io::Result<usize> {
    let (at, first) = (op.file_offset, first(op, element));
    let is_one = first == op.range.len();
    match op.action {
        Action::Write if is_one => file.write_at(op.data(), at),
        Action::Read if is_one => file.read_at(op.data_mut(), at),
        Action::Write => {
            let (head, rest) = op.data().split_at(first);
            let pieces: Vec<IoSlice<'_>> = [head].into_iter().chain(rest.chunks(element)).map(IoSlice::new).collect();
            Ok(pwritev(file, &pieces, at)?)
        }
        Action::Read => {
            let (head, rest) = op.data_mut().split_at_mut(first);
            let pieces = [head].into_iter().chain(rest.chunks_mut(element)).map(IoSliceMut::new);
            Ok(preadv(file, &mut pieces.collect::<Vec<_>>(), at)?)
        }
    }
}
