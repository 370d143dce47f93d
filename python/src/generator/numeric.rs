//! Float32 values: drawn from a stream, and rows of them made unit vectors.

use crate::arguments::generation::{Count, Dim, High, Low, MAX_VALUES, MaxThreads, NumaNode, Rows, Seed};
use crate::buffers::bytes_view::BytesView;
use crate::buffers::memory::Memory;
use crate::buffers::writable::Writable;
use crate::errors::{bad_value, exception};
use crate::interpreter::detached::detached;
use crate::placement::asked::{NumaMode, Where};
use dgen::driver::Team;
use dgen::numeric::{Uniform, VALUE, Work};
use pyo3::prelude::*;

/// Work on fewer bytes keeps the interpreter: it takes a few microseconds, less than handing it over may.
const DETACH_FROM: usize = 16 << 10;

/// Generates `count` float32 values from `low` to below `high`, evenly spread.
///
/// Returns them as a `BytesView` of `4 * count` bytes, in the machine's byte order. Value i depends on `seed`, the
/// bounds and i alone, not on threads or `count`; without a seed a fresh one is drawn at each call. The bounds are
/// rounded to float32; no value is NaN, infinite or `high` itself. `max_threads` is the number of threads at most.
///
/// >>> from dgen_py import generate_uniform
/// >>> view = generate_uniform(1000, low=-1.0, high=1.0, seed=31)
/// >>> len(view)
/// 4000
/// >>> values = memoryview(view).cast("f")
/// >>> all(-1.0 <= value < 1.0 for value in values)
/// True
///
/// Raises `ValueError` for a value out of range, `low >= high` included, and `MemoryError` when the memory cannot be
/// had.
#[pyfunction]
#[pyo3(signature = (count, low=Low(0.0), high=High(1.0), max_threads=None, numa_mode=NumaMode::Auto, seed=None, *, numa_node=None), text_signature = "(count, low=0.0, high=1.0, max_threads=None, numa_mode='auto', seed=None, *, numa_node=None)")]
pub(crate) fn generate_uniform(
    py: Python<'_>,
    count: Count,
    low: Low,
    high: High,
    max_threads: Option<MaxThreads>,
    numa_mode: NumaMode,
    seed: Option<Seed>,
    numa_node: Option<NumaNode>,
) -> PyResult<BytesView> {
    let team = Where { mode: numa_mode, node: numa_node }.team(max_threads)?;
    draw(py, (count.0, None), (low, high), &team, seed)
}

/// Generates `rows` vectors of `dim` float32 values and makes them unit vectors.
///
/// Returns them row after row as a `BytesView` of `4 * rows * dim` bytes. The values are those of `generate_uniform`
/// with the same seed and bounds, each row divided by its L2 norm as `normalize_rows` does. With `normalize=False` they
/// stay as drawn.
///
/// >>> from dgen_py import generate_uniform_vectors
/// >>> view = generate_uniform_vectors(rows=100, dim=8, low=-1.0, seed=31)
/// >>> rows = memoryview(view).cast("f", [100, 8]).tolist()
/// >>> all(abs(sum(x * x for x in row) - 1) < 1e-6 for row in rows)
/// True
///
/// Raises `ValueError` for a value out of range, `low >= high` and `dim=0` included, and `MemoryError` when the memory
/// cannot be had.
#[pyfunction]
#[pyo3(signature = (rows, dim, low=Low(0.0), high=High(1.0), normalize=true, max_threads=None, numa_mode=NumaMode::Auto, seed=None, *, numa_node=None), text_signature = "(rows, dim, low=0.0, high=1.0, normalize=True, max_threads=None, numa_mode='auto', seed=None, *, numa_node=None)")]
pub(crate) fn generate_uniform_vectors(
    py: Python<'_>,
    rows: Rows,
    dim: Dim,
    low: Low,
    high: High,
    normalize: bool,
    max_threads: Option<MaxThreads>,
    numa_mode: NumaMode,
    seed: Option<Seed>,
    numa_node: Option<NumaNode>,
) -> PyResult<BytesView> {
    let team = Where { mode: numa_mode, node: numa_node }.team(max_threads)?;
    let count = rows.0.checked_mul(dim.0).filter(|&count| count as u64 <= MAX_VALUES);
    let given = format_args!("{} * {}", rows.0, dim.0);
    let too_many = || exception(&dgen::Error::malformed("rows * dim", given, "at most 2^61 - 1 values"));
    let count = count.ok_or_else(too_many)?;
    draw(py, (count, normalize.then_some(dim.0)), (low, high), &team, seed)
}

/// Divides each row of `dim` float32 values in a buffer by its L2 norm, in place.
///
/// The buffer is writable and C-contiguous and holds float32 items in the machine's byte order (NumPy `float32`,
/// `array.array('f')`) or plain bytes (`bytearray`, `mmap`, NumPy `uint8`), at any address. Sums are taken in float64, so
/// rows of very large or very small values become unit vectors too. A row without a direction is left unchanged: one
/// of zeros, or one that holds a NaN or an infinity.
///
/// >>> import array
/// >>> from dgen_py import normalize_rows
/// >>> rows = array.array("f", [3.0, 4.0, 0.0, 0.0, 0.0, -2.0])
/// >>> normalize_rows(rows, dim=2)
/// >>> [round(value, 6) for value in rows]
/// [0.6, 0.8, 0.0, 0.0, 0.0, -1.0]
///
/// Raises `ValueError` for a buffer that is read-only, not contiguous, of other items or not a whole number of rows, and
/// for `dim=0`; `TypeError` for an object without a buffer.
#[pyfunction]
#[pyo3(signature = (buffer, dim, max_threads=None))]
pub(crate) fn normalize_rows(
    py: Python<'_>,
    mut buffer: Floats<'_>,
    dim: Dim,
    max_threads: Option<MaxThreads>,
) -> PyResult<()> {
    let team = Where::default().team(max_threads)?;
    let work = Work::normalize(buffer.0.bytes(), dim.0, team.threads()).map_err(|error| exception(&error))?;
    finish(py, work.on(&team))
}

/// A writable buffer of float32 values, or of plain bytes that are to be taken for such.
pub(crate) struct Floats<'py>(Writable<'py>);

impl<'py> FromPyObject<'_, 'py> for Floats<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let buffer: Writable<'py> = object.extract()?;
        let format = buffer.item_format(object).unwrap_or_else(|_| "unknown".into());
        // A byte order is no matter for bytes, and for the others must be this machine's.
        let native = if cfg!(target_endian = "little") { '<' } else { '>' };
        let item = format.trim_start_matches(['@', '=', native]);
        if item == "f" || matches!(item.trim_start_matches(['<', '>', '!']), "B" | "c") {
            return Ok(Self(buffer));
        }
        let given = format_args!("items of format '{format}'");
        Err(bad_value("buffer", given, "float32 items in native byte order ('f') or bytes ('B')"))
    }
}

/// Draws `shape.0` values and, where `shape.1` says how many make a row, normalises the rows.
fn draw(
    py: Python<'_>,
    shape: (usize, Option<usize>),
    bounds: (Low, High),
    team: &Team,
    seed: Option<Seed>,
) -> PyResult<BytesView> {
    let make = || {
        let seed = Seed::or_random(seed)?;
        Uniform::new(seed, bounds.0.0, bounds.1.0)
    };
    let values = make().map_err(|error| exception(&error))?;
    let mut memory = Memory::zeroed_on(shape.0 * VALUE, team)?;
    let work = Work::draw(&values, 0, memory.bytes_mut(), team.threads()).map(|work| work.on(team));
    let work = work.and_then(|work| match shape.1 {
        Some(dim) => work.normalized(dim),
        None => Ok(work),
    });
    finish(py, work.map_err(|error| exception(&error))?)?;
    Ok(BytesView::whole(memory))
}

/// Does all steps with the interpreter released; between them signals are handled.
fn finish(py: Python<'_>, mut work: Work<'_>) -> PyResult<()> {
    if work.size() < DETACH_FROM {
        work.finish();
        return Ok(());
    }
    while detached(py, || work.step()) {
        py.check_signals()?;
    }
    py.check_signals()
}
