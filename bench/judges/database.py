#!/usr/bin/env python3
"""database.py FOLDER BYTES: an SQLite database of the files of the system: paths, sizes, times, modes and digests, with two indexes."""

import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

ROOTS = ("/usr", "/etc", "/var/lib")
# What a row takes with its part of the indexes, about.
ROW = 330


def main(folder: str, size: str) -> None:
    path = Path(folder, "files.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT, name TEXT, size INTEGER, mtime REAL, mode INTEGER, owner TEXT, digest BLOB)")
        database.execute("CREATE INDEX by_path ON files (path)")
        database.execute("CREATE INDEX by_digest ON files (digest)")
        rows = (row for _, row in zip(range(int(size) // ROW), entries(), strict=False))
        database.executemany("INSERT INTO files (path, name, size, mtime, mode, owner, digest) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    database.close()


def entries() -> Iterator[tuple[object, ...]]:
    for root in ROOTS:
        for at, _, names in os.walk(root):
            for name in names:
                path = os.path.join(at, name)
                try:
                    status = os.lstat(path)
                except OSError:
                    continue
                digest = hashlib.sha256(os.fsencode(path)).digest()
                yield (os.fsencode(path).decode("utf-8", "replace"), os.fsencode(name).decode("utf-8", "replace"), status.st_size, status.st_mtime, status.st_mode,
                       f"{status.st_uid}:{status.st_gid}", digest)


if __name__ == "__main__":
    main(*sys.argv[1:])
