"""What a Ray cluster does with generated data, in a process of its own: prints what came of it, as JSON."""

import json
import os
import sys
import tempfile
from pathlib import Path

import dgen_py
import dgen_py.ray
import ray

RECIPE = "dgen1,seed=0x7,dedup=3/2"
OFFSET, SIZE, TASKS, SAMPLE = 4097, (64 << 20) + 12_345, 20, 300_000


def compared(batch):
    """For each row of a batch: where it lies, its bytes that are the stream's there, and who read it."""
    generator = dgen_py.Generator.from_recipe(RECIPE, SIZE, offset=OFFSET, max_threads=1)
    rows = list(zip(batch["offset"], batch["bytes"]))
    equal = [len(data) if generator.get_at(int(offset), len(data)) == data else 0 for offset, data in rows]
    return {"offset": batch["offset"], "equal": equal, "task": [ray.get_runtime_context().get_task_id()] * len(rows)}


def answer(done):
    try:
        return repr(done())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def read():
    dataset = dgen_py.ray.read_dgen(RECIPE, SIZE, sample_size=SAMPLE, offset=OFFSET, override_num_blocks=TASKS)
    rows = dataset.map_batches(compared).take_all()
    return {
        "columns": {field.name: str(field.type) for field in dataset.schema().base_schema},
        "rows": sorted((row["offset"], row["equal"]) for row in rows),
        "count": dataset.count(),
        "tasks": len({row["task"] for row in rows}),
    }


def read_generators():
    """Shards of a generator, whose versions and places go with them."""
    generator = dgen_py.Generator.from_recipe(RECIPE, 3 << 20, stream_version=2)
    shards = [dgen_py.ray.read_dgen(generator.shard(index, 3), sample_size="64KiB", concurrency=2) for index in range(3)]
    rows = sorted((row["offset"], row["bytes"]) for row in shards[0].union(*shards[1:]).iter_rows())
    limited = dgen_py.ray.read_dgen(generator, sample_size=4096, override_num_blocks=3).limit(5).take_all()
    empty = dgen_py.ray.read_dgen(RECIPE, 0)
    return {
        "equal": b"".join(data for _, data in rows) == generator.open().read(),
        "limited": [row["offset"] for row in limited],
        "empty": empty.count(),
        "few": dgen_py.ray.read_dgen(RECIPE, 10, sample_size=4, override_num_blocks=20).take_all() == [
            {"offset": at, "bytes": dgen_py.Generator.from_recipe(RECIPE, 10).open().read()[at : at + 4]} for at in (0, 4, 8)
        ],
    }


def write(folder):
    dataset = dgen_py.ray.read_dgen(RECIPE, SIZE, sample_size=SAMPLE, offset=OFFSET, override_num_blocks=TASKS)
    files = dgen_py.ray.write_dgen(dataset, folder / "in-order", RECIPE)
    few = dgen_py.ray.read_dgen(RECIPE, 2 << 20, sample_size=1 << 16, override_num_blocks=2)
    shuffled = dgen_py.ray.write_dgen(few.random_shuffle(seed=1), folder / "shuffled", RECIPE)
    kept = dgen_py.ray.write_dgen(few.filter(lambda row: row["offset"] != 1 << 16), folder / "kept", RECIPE)
    again = answer(lambda: dgen_py.ray.write_dgen(few, folder / "kept", RECIPE))
    forced = dgen_py.ray.write_dgen(few, folder / "forced", RECIPE) == dgen_py.ray.write_dgen(few, folder / "forced", RECIPE, force=True)
    generator = dgen_py.Generator.from_recipe(RECIPE, 1 << 20, stream_version=2)
    version = dgen_py.ray.write_dgen(dgen_py.ray.read_dgen(generator), folder / "version", generator)
    return {
        "files": files,
        "again": again,
        "forced": forced,
        "shuffled": shuffled,
        "kept": kept,
        "version": version,
        "twice": answer(lambda: dgen_py.ray.write_dgen(few.union(few), folder / "twice", RECIPE, concurrency=1)),
        "columns": answer(lambda: dgen_py.ray.write_dgen(ray.data.range(3), folder / "columns", RECIPE)),
        "types": answer(lambda: dgen_py.ray.write_dgen(few.map(lambda row: {**row, "bytes": 5}), folder / "types", RECIPE)),
        "nulls": answer(lambda: dgen_py.ray.write_dgen(few.map(with_none), folder / "nulls", RECIPE)),
    }


def with_none(row):
    return {"offset": row["offset"], "bytes": row["bytes"] if row["offset"] else None}


def main():
    # Sockets have short names only, so not in a test's own folder.
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as sessions:
        ray.init(num_cpus=2, object_store_memory=128 << 20, include_dashboard=False, log_to_driver=False, _temp_dir=sessions)
        try:
            print(json.dumps({"read": read(), "generators": read_generators(), "write": write(Path(sys.argv[1]))}))
        finally:
            ray.shutdown()


if __name__ == "__main__":
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    main()
