"""Samples for PyTorch: with a small stand-in for it everywhere, and with PyTorch itself where it is installed."""

import importlib.util
import os
import pickle
import subprocess
import sys
import types

import dgen_py
import pytest
import stand_in_torch
from launched import without_launchers
from processes import LIMIT_S

SIZE, SAMPLE = 100_000, 300
RECIPE = "dgen1,seed=0x3,compress=2"
PYTORCH = importlib.util.find_spec("torch") is not None


@pytest.fixture(params=["stand-in", pytest.param("pytorch", marks=pytest.mark.skipif(not PYTORCH, reason="optional: PyTorch is not installed"))])
def torch(request, monkeypatch):
    for name in os.environ.keys() - without_launchers().keys():
        monkeypatch.delenv(name)
    for name in [name for name in sys.modules if name.startswith(("dgen_py.torch", "dgen_py._torch"))]:
        monkeypatch.delitem(sys.modules, name)
    if request.param == "pytorch":
        return importlib.import_module("torch")
    modules = stand_in_torch.modules()
    for module in modules:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return modules[0]


@pytest.fixture
def make(torch):
    from dgen_py.torch import StreamDataset

    generator = dgen_py.Generator(SIZE, compress_ratio=2, seed=3, max_threads=1)
    return lambda sample=SAMPLE, generator=generator, **options: StreamDataset(generator, sample, **options)


def samples(iterable):
    return [bytes(sample.tolist()) for sample in iterable]


def pieces(data):
    return [data[at : at + SAMPLE] for at in range(0, len(data) - SAMPLE + 1, SAMPLE)]


def test_samples_are_the_generators_bytes(make, torch, reference):
    dataset = make()
    assert samples(dataset) == samples(dataset) == pieces(reference(RECIPE, 0, SIZE))
    assert (len(dataset), dataset.recipe, dataset.epoch) == (SIZE // SAMPLE, RECIPE, 0)
    assert isinstance(dataset, torch.utils.data.IterableDataset)
    shard = dgen_py.Generator(SIZE, compress_ratio=2, seed=3).shard(1, 2)
    assert samples(make(generator=shard)) == pieces(reference(RECIPE, shard.offset, shard.total_size()))


def test_tensors_are_writable_and_their_own(make, torch):
    tensors = list(make())
    tensors[0][0] ^= 1
    assert samples(tensors)[1:] == samples(make())[1:] != samples(tensors)[:-1]
    if hasattr(torch, "__version__"):
        assert (tensors[0].dtype, tuple(tensors[0].shape)) == (torch.uint8, (SAMPLE,))


def test_ranks_and_workers_share_out_the_samples(make, torch, monkeypatch, reference):
    everything, mine = pieces(reference(RECIPE, 0, SIZE)), []
    for rank in range(4):
        dataset, parts = make(rank=rank, world_size=4), []
        for worker in range(3):
            info = types.SimpleNamespace(id=worker, num_workers=3)
            monkeypatch.setattr(sys.modules["dgen_py._torch_dataset"], "get_worker_info", lambda: info)
            parts += samples(dataset)
        assert len(parts) == len(dataset) == len(everything) // 4
        mine += parts
    assert mine == everything[: len(mine)]


@pytest.mark.parametrize("sample", [SAMPLE, SIZE // 10, 1 << 20])
@pytest.mark.parametrize("ranks, workers", [(1, 1), (1, 4), (3, 1), (4, 3), (20, 20)])
def test_every_byte_once_with_the_last(make, torch, monkeypatch, reference, sample, ranks, workers):
    everything, lengths = b"", []
    for rank in range(ranks):
        dataset, parts = make(sample, rank=rank, world_size=ranks, drop_last=False), []
        for worker in range(workers):
            info = types.SimpleNamespace(id=worker, num_workers=workers)
            monkeypatch.setattr(sys.modules["dgen_py._torch_dataset"], "get_worker_info", lambda: info)
            parts += samples(dataset)
        assert len(parts) == len(dataset)
        lengths.append(len(dataset))
        everything += b"".join(parts)
    assert everything == reference(RECIPE, 0, SIZE)
    assert max(lengths) - min(lengths) <= 1 and sum(lengths) == -(-SIZE // sample)


def test_resuming_before_the_shorter_last_sample(make, reference):
    dataset = make(rank=1, world_size=2, drop_last=False)
    iterator = iter(dataset)
    before = samples(next(iterator) for _ in range(len(dataset) - 1))
    other = make(rank=1, world_size=2, drop_last=False)
    other.load_state_dict(dataset.state_dict())
    begin = len(make(rank=0, world_size=2, drop_last=False)) * SAMPLE
    assert b"".join(before + samples(other)) == reference(RECIPE, 0, SIZE)[begin:]
    assert samples(pickle.loads(pickle.dumps(dataset)))[-1] == reference(RECIPE, 0, SIZE)[-100:]


def test_ranks_of_the_environment_and_of_torch(make, torch, monkeypatch):
    monkeypatch.setenv("RANK", "2")
    assert (make().rank, make().world_size) == (0, 1)
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert (make().rank, make().world_size) == (2, 3)
    for name, value in [("is_available", True), ("is_initialized", True), ("get_rank", 4), ("get_world_size", 5)]:
        monkeypatch.setattr(torch.distributed, name, lambda value=value: value, raising=False)
    assert (make().rank, make().world_size) == (4, 5)
    assert (make(rank=0, world_size=2).rank, make(rank=0, world_size=2).world_size) == (0, 2)


def test_ranks_of_mpi(make, monkeypatch):
    monkeypatch.setenv("PMI_RANK", "2")
    monkeypatch.setenv("PMI_SIZE", "3")
    assert (make().rank, make().world_size) == (2, 3)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(ValueError, match="RANK=1, WORLD_SIZE=3 contradicts PMI_RANK=2, PMI_SIZE=3"):
        make()
    assert make(rank=0, world_size=2).world_size == 2


def test_epochs_are_fresh_and_repeatable(make):
    dataset, seen = make(), {}
    for epoch in [0, 1, 2, 1 << 40]:
        dataset.set_epoch(epoch)
        seen[epoch] = samples(dataset)
        assert seen[epoch] == pieces(dgen_py.Generator.from_recipe(dataset.recipe, SIZE).open().read())
    assert len({data[0] for data in seen.values()}) == 4
    for epoch in reversed(seen):
        dataset.set_epoch(epoch)
        assert samples(dataset) == seen[epoch]


def test_resuming(make):
    dataset = make(rank=1, world_size=2)
    dataset.set_epoch(3)
    everything = samples(dataset)
    iterator = iter(dataset)
    before = samples(next(iterator) for _ in range(10))
    state = pickle.loads(pickle.dumps(dataset.state_dict()))
    other = make(rank=1, world_size=2)
    other.load_state_dict(state)
    assert other.state_dict() == state
    assert before + samples(other) == everything
    assert samples(other) == everything
    assert other.state_dict()["next"] == state["share"][1]
    other.load_state_dict(other.state_dict())
    assert samples(other) == []
    other.load_state_dict(make(rank=1, world_size=2).state_dict())
    assert (other.epoch, len(samples(other))) == (0, len(everything))
    other.load_state_dict(state)
    other.set_epoch(4)
    assert len(samples(other)) == len(everything)
    with pytest.raises(ValueError, match="state: of .*sample_size.*accepted"):
        make(sample=SAMPLE + 1).load_state_dict(state)
    with pytest.raises(ValueError, match="state: of samples range.*accepted: of this share"):
        other = make(rank=0, world_size=2)
        other.load_state_dict(state)
        iter(other)


def test_pickling(make):
    dataset = make(rank=1, world_size=2)
    dataset.set_epoch(1)
    copy = pickle.loads(pickle.dumps(dataset))
    assert (copy.epoch, samples(copy)) == (1, samples(dataset))


def test_bad_values(make):
    for options, message in [
        ({"sample": 0}, "sample_size: 0 .*1 byte"), ({"rank": 0}, "both or neither"), ({"world_size": 2}, "both or neither"),
        ({"rank": 2, "world_size": 2}, "rank: 2 .*0 to 1"), ({"rank": -1, "world_size": 2}, "rank: -1 "),
        ({"rank": 0, "world_size": 0}, "world_size: 0 .*1 and more"),
    ]:
        with pytest.raises(ValueError, match=message):
            make(**options)
    with pytest.raises(ValueError, match="epoch: -1 .*2\\^63"):
        make().set_epoch(-1)
    assert (len(make(sample=SIZE + 1)), samples(make(sample=SIZE + 1))) == (0, [])


def test_without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith(("dgen_py.torch", "dgen_py._torch"))]:
        monkeypatch.delitem(sys.modules, name)
    module = importlib.import_module("dgen_py.torch")
    with pytest.raises(ImportError, match="dgen_py.torch.StreamDataset needs PyTorch: .*pip install torch") as caught:
        module.StreamDataset  # noqa: B018
    assert caught.value.name == "torch"
    with pytest.raises(ImportError, match="needs PyTorch"):
        exec("from dgen_py.torch import StreamDataset")
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        module.Nothing  # noqa: B018


def test_importing_imports_no_torch():
    code = "import sys, dgen_py, dgen_py.torch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=LIMIT_S).returncode == 0


LOADER = """
import sys, warnings
warnings.simplefilter("error", UserWarning)
import torch, dgen_py
from dgen_py.torch import StreamDataset

if __name__ == "__main__":
    generator = dgen_py.Generator(100_000, compress_ratio=2, seed=3)
    generator.get_chunk(100_000)
    dataset = StreamDataset(generator, 300)
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=8, num_workers=2, multiprocessing_context=sys.argv[1], persistent_workers=True
    )
    for epoch in range(3):
        dataset.set_epoch(epoch)
        got = sorted(bytes(sample.tolist()) for batch in loader for sample in batch)
        whole = bytes(dgen_py.Generator.from_recipe(dataset.recipe, 100_000).get_chunk(100_000))
        assert got == sorted(whole[at : at + 300] for at in range(0, 99_900, 300)), epoch
    print("equal")
"""


@pytest.mark.skipif(not PYTORCH, reason="optional: PyTorch is not installed")
@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
def test_data_loader_workers(context, tmp_path):
    script = tmp_path / "loader.py"
    script.write_text(LOADER)
    done = subprocess.run([sys.executable, script, context], timeout=LIMIT_S, capture_output=True, text=True, env=dict(os.environ))
    assert (done.stdout, done.returncode) == ("equal\n", 0), done.stderr


EVERY_BYTE = """
import sys, warnings
warnings.simplefilter("error", UserWarning)
warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
import torch, dgen_py
from dgen_py.torch import StreamDataset

SIZE, SAMPLE = 100_000, 3000

if __name__ == "__main__":
    generator = dgen_py.Generator(SIZE, compress_ratio=2, seed=3)
    generator.get_chunk(SIZE)
    workers, ranks, context = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if sys.argv[3] != "none" else None
    datasets = [StreamDataset(generator, SAMPLE, rank=rank, world_size=ranks, drop_last=False) for rank in range(ranks)]
    loaders = [
        torch.utils.data.DataLoader(
            dataset, batch_size=None, num_workers=workers, multiprocessing_context=context, persistent_workers=workers > 0
        )
        for dataset in datasets
    ]
    for epoch in range(2):
        got = []
        for dataset, loader in zip(datasets, loaders):
            dataset.set_epoch(epoch)
            got += [bytes(sample.tolist()) for sample in loader]
        whole = bytes(dgen_py.Generator.from_recipe(datasets[0].recipe, SIZE).get_chunk(SIZE))
        assert sorted(got) == sorted(whole[at : at + SAMPLE] for at in range(0, SIZE, SAMPLE)), epoch
        assert sum(map(len, got)) == SIZE
    print("equal")
"""


@pytest.mark.skipif(not PYTORCH, reason="optional: PyTorch is not installed")
@pytest.mark.parametrize(
    "workers, ranks, context", [(0, 3, "none"), (2, 2, "fork"), (2, 2, "spawn"), (4, 2, "fork"), (4, 1, "spawn")]
)
def test_data_loaders_of_all_ranks_yield_every_byte_once(workers, ranks, context, tmp_path):
    script = tmp_path / "loader.py"
    script.write_text(EVERY_BYTE)
    command = [sys.executable, script, str(workers), str(ranks), context]
    done = subprocess.run(command, timeout=LIMIT_S, capture_output=True, text=True, env=dict(os.environ))
    assert (done.stdout, done.returncode) == ("equal\n", 0), done.stderr
