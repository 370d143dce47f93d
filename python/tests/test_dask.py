"""Dask reads generated data through fsspec: whole folders, in blocks of a size of its own."""

import dgen_py
import dgen_py.fsspec
import dgen_urls
import pytest

dask = pytest.importorskip("dask", reason="optional: dask is not installed")
dask_bytes = pytest.importorskip("dask.bytes", reason="optional: dask is not installed")
dgen_urls.register()

RECIPE, SIZE = "dgen1,seed=0x7,dedup=3/2", 5_000_001


@pytest.fixture(scope="module")
def whole():
    return dgen_py.Generator.from_recipe(RECIPE, SIZE).open().read()


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
@pytest.mark.parametrize("blocksize", [None, 400_000])
def test_blocks_in_order_are_the_stream(whole, blocksize, scheduler):
    url = dgen_py.fsspec.url(RECIPE, SIZE, parts=3)
    sample, blocks = dask_bytes.read_bytes(f"{url}/part-*", blocksize=blocksize, sample=1000, recipe=None, max_threads=1)
    assert sample == whole[:1000] and len(blocks) == 3
    everything = [block for blocks_of_part in blocks for block in blocks_of_part]
    assert len(everything) == 3 if blocksize is None else len(everything) > 10
    with dask.config.set({"multiprocessing.context": "spawn"}):
        assert b"".join(dask.compute(*everything, scheduler=scheduler, num_workers=2)) == whole


def test_one_file(whole):
    _, [blocks] = dask_bytes.read_bytes(f"dgen://{RECIPE},size={SIZE}", blocksize=1 << 20, sample=False)
    assert b"".join(dask.compute(*blocks, scheduler="synchronous")) == whole


def test_names_of_tasks_tell_content():
    def keys(recipe):
        _, [blocks] = dask_bytes.read_bytes(f"dgen://{recipe},size={SIZE}", blocksize=1 << 20, sample=False)
        return [block.key for block in blocks]

    assert keys(RECIPE) == keys(RECIPE) != keys(RECIPE.replace("7", "8"))
