"""The ways in which programs that use dgen-py 0.3.0 call it and hand its data on."""

import hashlib
import http.client
import http.server
import io
import json
import mmap
import multiprocessing
import os
import socket
import struct
import tarfile
import threading
import warnings
import zipfile
import zlib
from multiprocessing import shared_memory

import dgen_py
import numpy as np
import pytest
from processes import LIMIT_S

MIB = 1 << 20


def data_of(size, seed=1):
    return bytes(dgen_py.Generator(size=size, seed=seed).get_chunk(size))


def generators():
    """The arguments that DLIO and checkpoint writers pass, by name and by position."""
    common = {"size": 4 * MIB, "numa_mode": "auto", "seed": 1}
    yield dgen_py.Generator(dedup_ratio=1.0, compress_ratio=1.0, max_threads=None, **common)
    yield dgen_py.Generator(dedup_ratio=1, compress_ratio=1, max_threads=1, method="parallel", **common)
    yield dgen_py.Generator(4 * MIB, 1.0, 1.0, "disabled", 2, None, 32 * MIB, None, 1, "parallel")
    yield dgen_py.Generator(np.int64(4 * MIB), np.float32(1), seed=np.uint32(1), chunk_size=np.int32(MIB))
    yield dgen_py.StreamingGenerator(4 * MIB, seed=1)


@pytest.mark.parametrize("generator", list(generators()), ids=lambda _: "")
def test_arguments_of_the_field(generator):
    assert bytes(generator.get_chunk(4 * MIB)) == data_of(4 * MIB)
    assert generator.get_chunk(MIB) is None


def test_the_rest_is_asked_for_exactly():
    generator, remaining, got = dgen_py.Generator(size=2 * MIB + 7, seed=1), 2 * MIB + 7, b""
    while True:
        chunk = generator.get_chunk(min(300_000, remaining))
        if chunk is None:
            break
        remaining -= len(chunk)
        got += bytes(chunk)
    assert remaining == 0 and got == data_of(2 * MIB + 7)


@pytest.mark.parametrize("shape", [(100,), (224, 224, 3), (7, 11)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_arrays_of_samples(shape, dtype):
    count = int(np.prod(shape))
    size = count * np.dtype(dtype).itemsize
    view = dgen_py.generate_buffer(size)
    array = np.frombuffer(view, dtype=dtype).reshape(shape)
    assert array.tobytes() == bytes(view)
    # Some ask for more than they take, and convert later.
    more = np.frombuffer(dgen_py.generate_buffer(size + 13), dtype=np.uint8)[:size].view(dtype)[:count].reshape(shape)
    assert more.shape == shape and more.base is not None
    assert np.asarray(memoryview(view)).tobytes() == np.array(view, dtype=np.uint8).tobytes() == bytes(view)


def test_arrays_are_filled_in_parts():
    array = np.zeros(3 * MIB, np.uint8)
    generator = dgen_py.Generator(size=array.nbytes, seed=1)
    for at in range(0, array.size, MIB):
        assert generator.fill_chunk(array[at : at + MIB]) == MIB
    assert array.tobytes() == data_of(3 * MIB)
    matrix = np.zeros((1024, 1024), np.float32)
    assert dgen_py.generate_into_buffer(matrix[10:20]) == 10 * 4096
    assert not matrix[:10].any() and not matrix[20:].any()


def test_one_generator_serves_many_files():
    """Data loaders keep one generator and start it anew for each file, with seeds that follow each other."""
    generator, files = dgen_py.Generator(size=64 * MIB, seed=0), []
    for seed in range(100, 108):
        generator.reset()
        generator.set_seed(seed)
        files.append(bytes(generator.get_chunk(3 * MIB + 5)))
        assert files[-1] == data_of(3 * MIB + 5, seed)
    pages = [file[at : at + 4096] for file in files for at in range(0, 3 * MIB, 4096)]
    assert len(set(pages)) == len(pages)


def test_images_of_many_sizes_share_a_buffer():
    generator, buffer, output = dgen_py.Generator(size=256 * 1024**3, seed=1), bytearray(), io.BytesIO()
    for size in [300_000, 1, 315_000, 4096, 2 * MIB + 1]:
        if size > len(buffer):
            buffer = bytearray(size)
        image = memoryview(buffer)[:size]
        assert generator.fill_chunk(image) == size
        output.write(image)
    assert output.getbuffer() == data_of(len(output.getvalue()))


def test_batches_come_from_a_pool():
    pool = dgen_py.BufferPool()
    assert pool.dedup_ratio == 1 and pool.compress_ratio == 1
    batches = [np.frombuffer(pool.next_slice(size), dtype=np.uint8) for size in [16 * MIB, 100, 5 * MIB, 315_000, MIB]]
    pages = [batch[at : at + 64].tobytes() for batch in batches for at in range(0, batch.size - 64, 4096)]
    assert len(set(pages)) == len(pages)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_checkpoints_pass_through_shared_memory():
    """A writer process is forked; the trainer fills the shared buffers that it reads."""
    context, size = multiprocessing.get_context("fork"), MIB
    dgen_py.Generator(size=64 * MIB).fill_chunk(bytearray(64 * MIB))
    blocks = [shared_memory.SharedMemory(create=True, size=size) for _ in range(3)]
    filled, written = context.Queue(), context.Queue()

    def write():
        while (index := filled.get()) is not None:
            written.put(hashlib.sha256(blocks[index].buf[:size]).digest())

    writer = context.Process(target=write, daemon=True)
    writer.start()
    try:
        generator = dgen_py.Generator(size=3 * size, numa_mode="auto", max_threads=None, seed=1)
        for index, block in enumerate(blocks):
            view = block.buf[:size]
            assert generator.fill_chunk(view) == size
            view.release()
            filled.put(index)
        filled.put(None)
        digests = [written.get(timeout=LIMIT_S) for _ in blocks]
        writer.join(LIMIT_S)
    finally:
        for block in blocks:
            block.close()
            block.unlink()
    data = data_of(3 * size)
    assert digests == [hashlib.sha256(data[at : at + size]).digest() for at in range(0, 3 * size, size)]


def test_vectors_made_at_once_are_those_made_in_two_steps():
    rows, dim, seed = 500, 96, 7
    separate = bytearray(dgen_py.generate_uniform(rows * dim, seed=seed))
    dgen_py.normalize_rows(separate, dim)
    assert bytes(dgen_py.generate_uniform_vectors(rows, dim, seed=seed)) == separate


def test_checkpoints_are_written_from_mappings(tmp_path):
    path = tmp_path / "checkpoint"
    with open(path, "wb+") as file:
        file.truncate(2 * MIB)
        with mmap.mmap(file.fileno(), 2 * MIB) as mapping:
            assert dgen_py.Generator(size=2 * MIB, seed=1).fill_chunk(mapping) == 2 * MIB
    assert path.read_bytes() == data_of(2 * MIB)


@pytest.fixture(params=["get_chunk", "generate_buffer", "next_slice"])
def view(request):
    size = 300_000
    return {
        "get_chunk": lambda: dgen_py.Generator(size=MIB).get_chunk(size),
        "generate_buffer": lambda: dgen_py.generate_buffer(size),
        "next_slice": lambda: dgen_py.BufferPool().next_slice(size),
    }[request.param]()


def test_files_take_views(view, tmp_path):
    path, data = tmp_path / "file", bytes(view)
    for buffering in [0, -1]:
        with open(path, "wb", buffering=buffering) as file:
            assert file.write(view) == len(data)
        assert path.read_bytes() == data
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        assert os.write(descriptor, view) == os.pwrite(descriptor, view, len(data)) == len(data)
        assert os.writev(descriptor, [view, view]) == 2 * len(data)
    finally:
        os.close(descriptor)
    assert path.read_bytes() == data * 3


def test_sockets_take_views(view):
    left, right = socket.socketpair()
    with left, right:
        received = []

        def receive():
            while block := right.recv(65536):
                received.append(block)

        thread = threading.Thread(target=receive)
        thread.start()
        left.sendall(view)
        sent = left.sendmsg([memoryview(view)[:100], view[100:200]])
        left.shutdown(socket.SHUT_WR)
        thread.join()
    assert sent == 200
    assert b"".join(received) == bytes(view) + bytes(view)[:200]


def test_uploads_take_views(view):
    bodies = []

    class Store(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Store) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        connection = http.client.HTTPConnection(*server.server_address, timeout=LIMIT_S)
        connection.request("PUT", "/object", body=view)
        assert connection.getresponse().status == 200
        connection.close()
        thread.join()
    assert bodies == [bytes(view)]


def test_containers_take_views(view):
    data = bytes(view)
    stream = io.BytesIO(view)
    assert stream.read(10) == data[:10] and len(stream.getvalue()) == len(data)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("member")
        info.size = len(view)
        tar.addfile(info, io.BytesIO(view))
    assert data in archive.getvalue()
    with zipfile.ZipFile(io.BytesIO(), "w") as packed:
        packed.writestr("member", memoryview(view))
        assert packed.read("member") == data
    arrays = io.BytesIO()
    np.savez(arrays, x=np.frombuffer(view, dtype=np.uint8))
    arrays.seek(0)
    assert np.load(arrays)["x"].tobytes() == data


def test_the_standard_library_takes_views(view):
    data = bytes(view)
    assert bytearray(view) == data == b"".join([view]) == memoryview(view).tobytes()
    assert hashlib.sha256(view).digest() == hashlib.sha256(data).digest()
    assert zlib.crc32(view) == zlib.crc32(data)
    assert zlib.decompress(zlib.compress(view)) == data
    assert struct.unpack_from("<QI", view, 8) == struct.unpack_from("<QI", data, 8)
    assert memoryview(view)[5:9].hex() == data[5:9].hex()
    assert memoryview(view).cast("I")[3] == struct.unpack_from("=I", data, 12)[0]
    buffer = bytearray(len(view))
    buffer[:] = view
    buffer += view
    assert buffer == data * 2
    assert b"begin" + view == b"begin" + data


def test_views_outlive_what_made_them():
    generator = dgen_py.Generator(size=8 * MIB, seed=1)
    arrays = [np.frombuffer(generator.get_chunk(MIB), dtype=np.uint8) for _ in range(8)]
    del generator
    assert b"".join(array.tobytes() for array in arrays) == data_of(8 * MIB)


def test_tensors_share_memory():
    torch = pytest.importorskip("torch", reason="optional: PyTorch is not installed")
    view = dgen_py.generate_buffer(4096)
    with warnings.catch_warnings():
        # That the memory is read-only, once in a process.
        warnings.simplefilter("ignore")
        tensor = torch.frombuffer(view, dtype=torch.uint8)
    assert tensor.numpy().tobytes() == bytes(view)
    own = torch.zeros(1024, dtype=torch.float32)
    assert dgen_py.Generator(size=4096, seed=1).fill_chunk(own.numpy()) == 4096
    assert own.numpy().tobytes() == data_of(4096)


def test_system_information_is_json():
    assert json.loads(json.dumps(dgen_py.get_system_info()))["num_nodes"] >= 1
