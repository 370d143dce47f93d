"""What upload clients and data libraries take, with the packages themselves where they are installed.

Which call serves which of them stands in the README.
"""

import http.server
import importlib.util
import io
import threading
import urllib.request
from pathlib import Path

import dgen_py
import numpy as np
import pytest
from processes import LIMIT_S

SIZE = 300_000
SEED = {"seed": 1}
pytestmark = pytest.mark.filterwarnings("default")


def package(name):
    return pytest.importorskip(name, reason=f"optional: {name} is not installed")


def filled():
    buffer = bytearray(SIZE)
    assert dgen_py.Generator(SIZE, **SEED).fill_chunk(buffer) == SIZE
    return buffer


# Ways to hand on the same bytes.
VIEWS = {
    "get_chunk": lambda: dgen_py.Generator(SIZE, **SEED).get_chunk(SIZE),
    "get_at": lambda: dgen_py.Generator(SIZE + 1, **SEED).get_at(0, SIZE),
    "generate_buffer": lambda: dgen_py.generate_buffer(SIZE, **SEED),
    "next_slice": lambda: dgen_py.BufferPool(**SEED).next_slice(SIZE),
}
OTHERS = {
    "memoryview": lambda: memoryview(dgen_py.generate_buffer(SIZE, **SEED)),
    "bytes": lambda: bytes(dgen_py.generate_buffer(SIZE, **SEED)),
    "bytearray": filled,
    "BytesIO": lambda: io.BytesIO(dgen_py.generate_buffer(SIZE, **SEED)),
    "open": lambda: dgen_py.Generator(SIZE, **SEED).open(),
}
DATA = bytes(VIEWS["get_chunk"]())


def made(*names):
    everything = {**VIEWS, **OTHERS}
    return pytest.mark.parametrize("make", [everything[name] for name in names], ids=names)


def body_of(request):
    """The body of a request, of a given length or in parts, as `Transfer-Encoding` or S3's own encoding have them."""
    if "chunked" in request.headers.get("Transfer-Encoding", ""):
        body = parts_of(request.rfile)
    else:
        body = request.rfile.read(int(request.headers["Content-Length"]))
    if request.headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
        body = parts_of(io.BytesIO(body))
    return body


def parts_of(file):
    whole = b""
    while length := int(file.readline().split(b";")[0], 16):
        whole += file.read(length)
        file.readline()
    file.readline()
    return whole


@pytest.fixture
def store():
    """The address of a server that keeps what is put there, and what it got, by path."""
    kept = {}

    class Store(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self):
            kept[self.path.partition("?")[0]] = body_of(self)
            self.send_response(200)
            self.send_header("ETag", '"0"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", kept
        server.shutdown()
        thread.join()


@made(*VIEWS, *OTHERS)
def test_urllib(make, store):
    address, kept = store
    # Without a length it would take an iterable for one of several parts.
    headers = {"Content-Length": str(SIZE)}
    request = urllib.request.Request(f"{address}/bucket/key", data=make(), headers=headers, method="PUT")
    with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
        assert answer.status == 200
    assert kept == {"/bucket/key": DATA}


@made(*VIEWS, *OTHERS)
def test_requests(make, store):
    requests, (address, kept) = package("requests"), store
    assert requests.put(f"{address}/bucket/key", data=make(), timeout=LIMIT_S).ok
    assert kept == {"/bucket/key": DATA}


def test_httpx(store):
    httpx, (address, kept) = package("httpx"), store
    with httpx.Client(timeout=LIMIT_S) as client:
        assert client.put(f"{address}/bucket/key", content=bytes(VIEWS["get_chunk"]())).is_success
    assert kept == {"/bucket/key": DATA}


@pytest.fixture
def s3(store):
    package("boto3")
    import boto3
    from botocore.config import Config

    options = {"retries": {"max_attempts": 0}, "s3": {"addressing_style": "path"}}
    client = boto3.client(
        "s3", endpoint_url=store[0], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
        config=Config(**options),
    )  # fmt: skip
    yield client
    client.close()


@made("bytes", "bytearray", "BytesIO", "open")
def test_boto3(make, s3, store):
    s3.put_object(Bucket="bucket", Key="key", Body=make())
    s3.upload_part(Bucket="bucket", Key="part", PartNumber=1, UploadId="1", Body=make())
    assert store[1] == {"/bucket/key": DATA, "/bucket/part": DATA}


@made("open", "BytesIO")
def test_boto3_uploads_files(make, s3, store):
    s3.upload_fileobj(make(), "bucket", "key")
    assert store[1] == {"/bucket/key": DATA}


@made("open", "BytesIO")
def test_minio(make, store):
    minio, (address, kept) = package("minio"), store
    client = minio.Minio(
        endpoint=address.removeprefix("http://"), access_key="a", secret_key="b", secure=False, region="us-east-1"
    )
    client.put_object(bucket_name="bucket", object_name="key", data=make(), length=SIZE)
    assert kept == {"/bucket/key": DATA}


@made("memoryview", "bytes")
def test_s3torchconnector(make):
    """Its writer, which needs no PyTorch, over a stream that takes what the native one takes."""
    found = importlib.util.find_spec("s3torchconnector")
    if found is None:
        pytest.skip("optional: s3torchconnector is not installed")
    package("s3torchconnectorclient")
    path = Path(found.submodule_search_locations[0], "s3writer.py")
    spec = importlib.util.spec_from_file_location("s3writer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Stream:
        def __init__(self):
            self.got = b""

        def write(self, data):
            assert type(data) is bytes
            self.got += data

        def close(self):
            pass

    stream = Stream()
    with module.S3Writer(stream) as writer:
        assert writer.write(make()) == SIZE
    assert stream.got == DATA


@made(*VIEWS, "memoryview", "bytearray")
def test_h5py(make, tmp_path):
    h5py, data = package("h5py"), make()
    array = np.frombuffer(data, np.uint8)
    with h5py.File(tmp_path / "file", "w") as file:
        file["whole"] = data
        file.create_dataset("made", data=data)
        assigned = file.create_dataset("assigned", (SIZE,), "u1", chunks=(1 << 16,))
        assigned[...] = data
        direct = file.create_dataset("direct", (SIZE // 4,), "f4")
        direct.write_direct(array.view("f4"))
    with h5py.File(tmp_path / "file") as file:
        assert [file[name][...].tobytes() == DATA for name in ["whole", "made", "assigned", "direct"]] == [True] * 4


def test_h5py_in_parts(tmp_path):
    h5py, buffer = package("h5py"), np.empty(1 << 16, np.uint8)
    generator = dgen_py.Generator(SIZE, **SEED)
    with h5py.File(tmp_path / "file", "w") as file:
        dataset = file.create_dataset("parts", (SIZE,), "u1", chunks=True)
        while not generator.is_complete():
            at = generator.position()
            count = generator.fill_chunk(buffer)
            dataset[at : at + count] = buffer[:count]
        assert dataset[...].tobytes() == DATA


@made(*VIEWS, "memoryview", "bytearray")
def test_pyarrow(make):
    pyarrow, data = package("pyarrow"), make()
    buffer = pyarrow.py_buffer(data)
    assert buffer.address == np.frombuffer(data, np.uint8).ctypes.data, "a copy"
    assert buffer.to_pybytes() == pyarrow.BufferReader(data).read() == DATA
    values = pyarrow.Array.from_buffers(pyarrow.float32(), SIZE // 4, [None, buffer])
    assert values.to_numpy().tobytes() == DATA
    stream = pyarrow.BufferOutputStream()
    assert stream.write(data) == SIZE
    assert stream.getvalue().to_pybytes() == DATA
    assert pyarrow.array([bytes(data)], pyarrow.binary())[0].as_py() == DATA
    del data, values
    assert buffer.to_pybytes() == DATA


def test_pyarrow_reads_the_file_object():
    pyarrow = package("pyarrow")
    with pyarrow.PythonFile(dgen_py.Generator(SIZE, **SEED).open()) as file:
        assert file.read(1000) == DATA[:1000] and file.read() == DATA[1000:]
