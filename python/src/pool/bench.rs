//! The pool's hand-out without the interpreter's part of a call.

use super::slices::BufferPool;
use crate::arguments::generation::{CompressRatio, DedupRatio, SliceSize};
use crate::arguments::reading::integer;
use crate::errors::bad_value;
use crate::interpreter::detached::detached;
use crate::placement::asked::NumaMode;
use dgen::units::MAX_OFFSET;
use pyo3::prelude::*;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// Bytes between two looks at signals and waiting threads.
const TURN: u64 = 64 << 20;
/// How long the interpreter stays released for waiting threads. To release it and come back at once is not enough: they
/// wake too late, again and again, and never ask for it since they never wait for long.
const PAUSE: Duration = Duration::from_micros(100);

/// Times `BufferPool().next_slice(obj_size)` in a native loop; returns `(bytes, seconds)`.
///
/// It takes `total_bytes // obj_size` slices, at least one, after one that is not counted; the bytes are those of the
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
    let each = integer(obj_size.as_borrowed(), "obj_size", 1..=isize::MAX as u64, accepted)?;
    let size = usize::try_from(each).map_err(|_| bad_value("obj_size", each, accepted))?;
    let total = integer(total_bytes.as_borrowed(), "total_bytes", 0..=MAX_OFFSET, "0 to 2^63 bytes")?;
    let pool = BufferPool::new(DedupRatio(1.0), CompressRatio(1.0), None, NumaMode::default(), None, None)?;
    drop(black_box(pool.next_slice(py, SliceSize(size))?));
    let count = (total / each).max(1);
    let turn = (TURN / each).max(1);
    let (mut taken, mut elapsed) = (0, Duration::ZERO);
    while taken < count {
        let slices = turn.min(count - taken);
        let start = Instant::now();
        for _ in 0..slices {
            drop(black_box(pool.next_slice(py, SliceSize(size))?));
        }
        elapsed += start.elapsed();
        taken += slices;
        if taken < count {
            detached(py, || thread::sleep(PAUSE));
            py.check_signals()?;
        }
    }
    Ok((count * each, elapsed.as_secs_f64()))
}
