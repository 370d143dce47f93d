//! The pool's hand-out without the interpreter's part of a call.

use super::slices::BufferPool;
use crate::arguments::generation::{CompressRatio, DedupRatio, SliceSize};
use crate::arguments::reading::bytes;
use crate::errors::bad_value;
use crate::interpreter::turns::Turns;
use crate::placement::asked::NumaMode;
use dgen::units::MAX_OFFSET;
use pyo3::prelude::*;
use std::hint::black_box;
use std::time::Instant;

/// Bytes between two looks at signals and waiting threads.
const TURN: u64 = 64 << 20;

/// Times `BufferPool().next_slice(obj_size)` in a native loop; returns `(bytes, seconds)`.
///
/// Both are bytes, or text such as "4KiB". It takes `total_bytes // obj_size` slices, at least one, after one that is not counted; the bytes are those of the
/// slices counted. Subtract it from the same loop in Python to see what calls from Python cost.
///
/// Raises `ValueError` for a size out of range.
///
/// >>> import dgen_py
/// >>> count, seconds = dgen_py.bench_rolling_pool(4096, 1_000_000)
/// >>> count
/// 999424
#[pyfunction]
pub(crate) fn bench_rolling_pool(
    py: Python<'_>,
    obj_size: &Bound<'_, PyAny>,
    total_bytes: &Bound<'_, PyAny>,
) -> PyResult<(u64, f64)> {
    let accepted = "1 to 2^63 - 1 bytes";
    let each = bytes(obj_size.as_borrowed(), "obj_size", 1..=isize::MAX as u64, accepted)?;
    let size = usize::try_from(each).map_err(|_| bad_value("obj_size", each, accepted))?;
    let total = bytes(total_bytes.as_borrowed(), "total_bytes", 0..=MAX_OFFSET, "0 to 2^63 bytes")?;
    let pool = BufferPool::new(DedupRatio(1.0), CompressRatio(1.0), None, NumaMode::default(), None, None)?;
    drop(black_box(pool.next_slice(py, SliceSize(size))?));
    let count = (total / each).max(1);
    let turn = (TURN / each).max(1);
    let (start, mut turns) = (Instant::now(), Turns::new());
    for at in 0..count {
        drop(black_box(pool.next_slice(py, SliceSize(size))?));
        if at % turn == turn - 1 {
            turns.look(py)?;
        }
    }
    Ok((count * each, start.elapsed().saturating_sub(turns.paused()).as_secs_f64()))
}
