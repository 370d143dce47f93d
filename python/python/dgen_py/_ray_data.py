"""What reads and writes Ray datasets behind `dgen_py.ray`; importing this imports Ray and pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from ray.data import Datasink, Datasource, ReadTask
from ray.data.block import BlockAccessor, BlockMetadata

from ._dgen import Generator
from ._runs import Runs, WrittenFile, without_overlaps
from ._shares import part
from ._values import not_accepted

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DgenDatasink", "DgenDatasource"]

# Bytes in a table that a read task yields, unless a sample is larger: far fewer than Ray wants in a block.
TABLE = 16 << 20
SCHEMA = pa.schema([("offset", pa.int64()), ("bytes", pa.binary())])


class DgenDatasource(Datasource):
    """Samples of a generator's data, cut among the tasks by byte range."""

    def __init__(self, generator: Generator, sample_size: int) -> None:
        super().__init__()
        self._generator = generator
        self._sample_size = sample_size
        self._samples = range(-(-generator.total_size() // sample_size))

    def get_name(self) -> str:
        return "Dgen"

    def estimate_inmemory_data_size(self) -> int:
        return self._size(self._samples)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: object = None
    ) -> list[ReadTask]:
        count = min(parallelism, len(self._samples))
        return [self._task(part(self._samples, index, count), per_task_row_limit) for index in range(count)]

    def _task(self, samples: range, limit: int | None) -> ReadTask:
        metadata = BlockMetadata(num_rows=len(samples), size_bytes=self._size(samples), input_files=None, exec_stats=None)
        read = partial(_tables, self._generator, self._sample_size, samples)
        return ReadTask(read, metadata, schema=SCHEMA, per_task_row_limit=limit)

    def _size(self, samples: range) -> int:
        offsets = 8 * len(samples)
        return offsets + min(samples.stop * self._sample_size, self._generator.total_size()) - samples.start * self._sample_size


def _tables(generator: Generator, sample_size: int, samples: range) -> Iterator[pa.Table]:
    at_once = max(1, TABLE // sample_size)
    for start in range(samples.start, samples.stop, at_once):
        yield _table(generator, sample_size, range(start, min(start + at_once, samples.stop)))


def _table(generator: Generator, sample_size: int, samples: range) -> pa.Table:
    """Rows over the generated memory itself."""
    starts = [index * sample_size for index in samples]
    ends = [min(start + sample_size, generator.total_size()) for start in starts]
    data = generator.get_at(generator.offset + starts[0], ends[-1] - starts[0])
    cuts = pa.array([0, *(end - starts[0] for end in ends)], pa.int32()).buffers()[1]
    values = pa.Array.from_buffers(pa.binary(), len(samples), [None, cuts, pa.py_buffer(data)])
    return pa.table([pa.array([generator.offset + start for start in starts], pa.int64()), values], schema=SCHEMA)


class DgenDatasink(Datasink):
    """Files of rows that follow each other in the stream."""

    def __init__(self, folder: Path, recipe: str, stream_version: int, force: bool) -> None:
        self._folder = folder
        self._recipe = recipe
        self._stream_version = stream_version
        self._force = force
        self.written: list[WrittenFile] = []

    def get_name(self) -> str:
        return "Dgen"

    def write(self, blocks: Iterable[Any], ctx: object) -> list[WrittenFile]:
        with Runs(self._folder, self._recipe, self._stream_version, self._force) as runs:
            for block in blocks:
                table = BlockAccessor.for_block(block).to_arrow()
                for batch in _rows(table).to_batches() if table.num_rows else ():
                    _write_batch(runs, batch)
        return runs.written

    def on_write_complete(self, write_result: Any) -> None:
        self.written = without_overlaps(file for files in write_result.write_returns for file in files)


def _rows(table: pa.Table) -> pa.Table:
    try:
        rows = table.select(SCHEMA.names).cast(SCHEMA)
    except (KeyError, pa.ArrowException) as error:
        given = ", ".join(f"{field.name}: {field.type}" for field in table.schema)
        raise not_accepted("columns of the dataset", given, "offset: int64, bytes: binary, as of read_dgen") from error
    if any(column.null_count for column in rows.columns):
        raise ValueError("dataset: a row without offset or bytes (accepted: rows with both)")
    return rows


def _write_batch(runs: Runs, batch: pa.RecordBatch) -> None:
    """Writes each run of rows that follow each other at once, from the memory of the batch."""
    starts, values = batch.column(0).to_pylist(), batch.column(1)
    _, cuts, data = values.buffers()
    ends = memoryview(cuts).cast("i")[values.offset : values.offset + len(values) + 1]
    memory = memoryview(data) if data is not None else memoryview(b"")
    first = 0
    for row in range(1, len(starts) + 1):
        if row == len(starts) or starts[row] != starts[first] + ends[row] - ends[first]:
            runs.write(starts[first], memory[ends[first] : ends[row]])
            first = row
