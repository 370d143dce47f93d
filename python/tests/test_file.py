"""A generator's bytes as a file."""

import hashlib
import http.client
import http.server
import io
import os
import pickle
import shutil
import tarfile
import threading
import zipfile

import dgen_py
import pytest
from processes import LIMIT_S

SIZE = 300_001
RECIPE = "dgen1,seed=0x5,compress=2"


@pytest.fixture
def generator():
    return dgen_py.Generator(SIZE, compress_ratio=2, seed=5)


@pytest.fixture
def whole(reference):
    return reference(RECIPE, 0, SIZE)


def test_reads_are_the_stream(generator, whole):
    file = generator.open()
    assert [file.read(size) for size in (0, 1, 4096, 40_000)] == [b"", whole[:1], whole[1:4097], whole[4097:44097]]
    assert file.tell() == 44097
    buffer = bytearray(5000)
    assert file.readinto(buffer) == 5000
    assert buffer == whole[44097:49097]
    rest = file.read()
    assert type(rest) is bytes and rest == whole[49097:]
    assert (file.read(), file.read(10), file.readinto(buffer)) == (b"", b"", 0)
    assert file.seek(0) == 0
    assert file.readall() == whole
    assert (file.seek(10), file.read(None)) == (10, whole[10:])
    assert (file.seek(-7, os.SEEK_END), file.read(100)) == (SIZE - 7, whole[-7:])


@pytest.mark.parametrize("size", [32 << 10, (32 << 10) + 1, 600_000, (1 << 20) + 5, (70 << 20) + 3])
@pytest.mark.parametrize("at", [0, 1, 4095, (1 << 40) + 777])
def test_long_reads(size, at):
    generator, buffer = dgen_py.Generator(1 << 62, 1.5, 3, seed=2), bytearray(size)
    generator.fill_at(at, buffer)
    file = generator.open()
    file.seek(at)
    assert file.read(size) == buffer


def test_seeks(generator):
    file = generator.open()
    assert (file.seek(100), file.seek(-30, 1), file.seek(5, 1), file.tell()) == (100, 70, 75, 75)
    assert file.seek(1000, 2) == SIZE + 1000
    assert (file.read(1), file.read(), file.tell()) == (b"", b"", SIZE + 1000)
    assert (file.seek(-1001, 1), len(file.read(10)), file.tell()) == (SIZE - 1, 1, SIZE)
    for offset, whence in [(-1, 0), (-SIZE - 1, 1), (-SIZE - 1, 2), ((1 << 63) + 1, 0), (1 << 63, 1)]:
        with pytest.raises(ValueError, match=f"offset: {offset} "):
            file.seek(offset, whence)
    with pytest.raises(ValueError, match="whence: 3 .*0, 1, 2"):
        file.seek(0, 3)
    with pytest.raises(TypeError):
        file.seek(1.5)
    assert file.tell() == SIZE


def test_the_file_is_a_snapshot(generator, whole):
    generator.get_chunk(1000)
    file = generator.open()
    generator.set_seed(99)
    generator.get_chunk(1000)
    assert (file.tell(), file.read(500)) == (0, whole[:500])
    assert generator.position() == 2000
    assert generator.open().read(4) == bytes(dgen_py.generate_buffer(4, compress_ratio=2, seed=99))
    assert (file.size, file.offset, file.recipe, file.mode) == (SIZE, 0, RECIPE, "rb")


def test_closing(generator):
    with generator.open() as file:
        assert (file.readable(), file.seekable(), file.writable(), file.isatty()) == (True, True, False, False)
    assert file.closed
    for call in [file.read, file.readall, file.tell, file.readable, file.seekable, file.__enter__]:
        with pytest.raises(ValueError, match="closed"):
            call()
    for call in [lambda: file.readinto(bytearray(1)), lambda: file.seek(0)]:
        with pytest.raises(ValueError, match="closed"):
            call()
    file.close()
    assert "closed" in repr(file)


def test_what_it_refuses(generator):
    file = generator.open()
    for call in [lambda: file.write(b"x"), file.truncate, file.fileno]:
        with pytest.raises(io.UnsupportedOperation):
            call()
    with pytest.raises(TypeError, match="pickle the Generator"):
        pickle.dumps(file)
    with pytest.raises(ValueError, match="read-only"):
        file.readinto(b"abc")
    with pytest.raises(TypeError):
        file.read("1")
    with pytest.raises(MemoryError):
        dgen_py.Generator(1 << 62).open().read()
    assert not hasattr(file, "name")
    assert repr(file) == f"<dgen_py.StreamFile recipe='{RECIPE}' size={SIZE} position=0>"


def test_copyfileobj_and_buffered_reader(generator, whole):
    target = io.BytesIO()
    shutil.copyfileobj(generator.open(), target)
    assert target.getvalue() == whole
    reader = io.BufferedReader(generator.open(), 10_000)
    assert (reader.read(3), reader.peek(1)[:1], reader.seek(200_000), reader.read(50_000)) == (
        whole[:3], whole[3:4], 200_000, whole[200_000:250_000])
    assert reader.read() == whole[250_000:]
    assert generator.open().readline() == whole[: whole.index(b"\n") + 1]


def test_tar_and_zip(generator, whole):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("data")
        member.size = SIZE
        archive.addfile(member, generator.open())
    with tarfile.open(fileobj=io.BytesIO(target.getvalue())) as archive:
        assert archive.extractfile("data").read() == whole
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, archive.open("data", "w") as member:
        shutil.copyfileobj(generator.open(), member)
    assert zipfile.ZipFile(target).read("data") == whole


@pytest.mark.skipif(not hasattr(hashlib, "file_digest"), reason="optional: hashlib.file_digest is new in 3.11")
def test_file_digest(generator, whole):
    assert hashlib.file_digest(generator.open(), "sha256").digest() == hashlib.sha256(whole).digest()


def length_as_clients_find_it(file):
    position = file.tell()
    end = file.seek(0, 2)
    file.seek(position)
    return end - position


def test_upload(generator, whole):
    received = []

    class Store(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        file = generator.open()
        file.seek(1000)
        client = http.client.HTTPConnection(*server.server_address, timeout=LIMIT_S)
        client.request("PUT", "/object", body=file, headers={"Content-Length": str(length_as_clients_find_it(file))})
        assert client.getresponse().status == 200
        client.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert received == [whole[1000:]]


def test_threads_share_a_file(generator, whole):
    file, pieces = generator.open(), []

    def read():
        while piece := file.read(1000):
            pieces.append(piece)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pieces) == -(-SIZE // 1000)
    assert set(pieces) == {whole[at : at + 1000] for at in range(0, SIZE, 1000)}
