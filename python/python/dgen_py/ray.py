"""Generated data as Ray datasets, and such datasets as files that `dgen verify` knows; Ray is needed by the calls alone.

    dataset = dgen_py.ray.read_dgen("dgen1,seed=7,dedup=2", "10GiB", override_num_blocks=40)
    dgen_py.ray.write_dgen(dataset, "/mnt/shared/test", "dgen1,seed=7,dedup=2")
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._dgen import Generator
from ._runs import WrittenFile, take_folder
from ._source import size_of, source
from ._values import not_accepted

if TYPE_CHECKING:
    from ray.data import Dataset

    from .typing import Size

__all__ = ["WrittenFile", "read_dgen", "write_dgen"]

# The offsets of a table's bytes have 31 bits.
LARGEST_SAMPLE = (1 << 31) - 1


def read_dgen(
    data: Generator | str,
    size: Size | None = None,
    *,
    sample_size: Size = 1 << 20,
    offset: Size = 0,
    stream_version: int = 0,
    override_num_blocks: int | None = None,
    concurrency: int | None = None,
    **options: Any,
) -> Dataset:
    """A Ray dataset of a generator's data, or of `size` bytes from `offset` on of the stream of a recipe.

    Its rows are samples of `sample_size` bytes, of which the last may be shorter: `bytes` (binary), and `offset`, where
    in the stream they lie, so that their content can be checked in any order. Each task generates a contiguous part of
    them, in Arrow tables over the generated memory. Ray cuts the data into `override_num_blocks` tasks, and runs
    `concurrency` of them at once. With a recipe's text a task generates with one thread, as it holds one of Ray's CPUs;
    a generator keeps its `max_threads`. Other `options` are those of `ray.data.read_datasource`.

    Raises `ImportError` without Ray, and `ValueError` for a value out of range.
    """
    _needs_ray("read_dgen")
    generator = source(data, size, offset, stream_version, max_threads=1)
    sample = size_of("sample_size", sample_size, 1, LARGEST_SAMPLE, f"1 to {LARGEST_SAMPLE} bytes")
    from ray.data import read_datasource

    from ._ray_data import DgenDatasource

    options.update(override_num_blocks=override_num_blocks, concurrency=concurrency)
    return read_datasource(DgenDatasource(generator, sample), **options)


def write_dgen(
    dataset: Dataset,
    path: str | os.PathLike[str],
    data: Generator | str,
    *,
    stream_version: int = 0,
    force: bool = False,
    concurrency: int | None = None,
    **options: Any,
) -> list[WrittenFile]:
    """Writes the rows of a dataset as files in a folder that all nodes share; returns the files in the stream's order.

    The rows have the columns of `read_dgen`, and are written as they are; `data` is the recipe, or the generator, whose
    stream they are of. Each write task makes a file of each run of rows that follow each other in the stream, called
    `at-` and the offset of its first byte, and marks it with recipe and range: `dgen verify FOLDER` needs no more. So
    rows in another order make more files, not wrong ones; rows that are left out are no damage, but the offsets and sizes
    that are returned tell. Files are synced to the device. Other `options` are those of `Dataset.write_datasink`.

    Raises `ImportError` without Ray; `FileExistsError` for a folder that is not empty, unless `force` is said, which
    writes over files of the same names; `ValueError` for bytes that were written twice; `OSError` also where the file
    system has no extended attributes.
    """
    _needs_ray("write_dgen")
    folder = os.fspath(path)
    if "://" in folder:
        raise not_accepted("path", f"`{folder}`", "a folder that all nodes share")
    if isinstance(data, Generator) and stream_version:
        raise ValueError("stream_version: given beside a generator (accepted: beside a recipe's text)")
    stream = source(data, None) if isinstance(data, Generator) else source(data, 0, 0, stream_version)
    whole = Path(folder).absolute()
    take_folder(whole, force)
    from ._ray_data import DgenDatasink

    sink = DgenDatasink(whole, stream.recipe, stream.stream_version, force)
    dataset.write_datasink(sink, concurrency=concurrency, **options)
    return sink.written


def _needs_ray(name: str) -> None:
    try:
        import pyarrow as _  # noqa: F401
        import ray.data as _  # noqa: F401, F811
    except ImportError as error:
        hint = "install it, for example with `pip install 'dgen-py[ray]'`"
        raise ImportError(f"{__name__}.{name} needs Ray: {hint}", name="ray") from error
