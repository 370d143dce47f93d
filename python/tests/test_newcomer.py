"""What a newcomer does from Python, by the blocks of docs/GUIDE.md; the command's tasks are tests of dgen-cli."""

import http.server
import threading

import dgen_py
import documents
import pytest

PAGE = "docs/GUIDE.md"


@pytest.fixture
def uploads():
    """A server that keeps what is put, and its URL."""
    kept = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            kept.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield kept, f"http://127.0.0.1:{server.server_port}/object"
        server.shutdown()
        thread.join()


def test_into_numpy(tmp_path):
    documents.run(documents.below(PAGE, "Into arrays:"), tmp_path)


def test_as_an_upload(tmp_path, uploads):
    kept, url = uploads
    documents.run(documents.below(PAGE, "As an upload,"), tmp_path, f"UPLOAD_URL = {url!r}\n")
    (data,) = kept
    assert data == bytes(dgen_py.Generator(len(data), seed=7).get_chunk(len(data)))


def test_from_processes(tmp_path):
    documents.run(documents.below(PAGE, "From processes,"), tmp_path)


def test_the_guide_has_no_other_blocks():
    assert len(documents.blocks(PAGE)) == 3
