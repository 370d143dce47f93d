"""Takes the paths of the machine that built a wheel out of its bill of materials, and fails if any file still holds one.

usage: clean_wheel.py WHEEL FOLDER...    the folders that nobody else has: of the sources, of cargo
"""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path


def record_line(name: str, data: bytes) -> str:
    """What RECORD says of a file: name, digest, length."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


def cleaned(members: dict[str, bytes], folders: list[bytes]) -> dict[str, bytes]:
    """The members with a bill of materials that names packages by their places among the sources."""
    changed = dict(members)
    for name, data in members.items():
        if "/sboms/" in name:
            for folder in folders:
                data = data.replace(b"path+file://" + folder, b"path+file:").replace(b"file://" + folder, b"file:")
            changed[name] = data
    record = next(name for name in members if name.endswith(".dist-info/RECORD"))
    lines = [
        record_line(line.split(",")[0], changed[line.split(",")[0]]) if "/sboms/" in line else line
        for line in members[record].decode().splitlines()
    ]
    changed[record] = "\n".join([*lines, ""]).encode()
    return changed


def main(wheel: str, *folders: str) -> int:
    """Rewrites the wheel; the exit code says whether it is clean."""
    with zipfile.ZipFile(wheel) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        members = {name: archive.read(name) for name in infos}
    prefixes = [folder.rstrip("/").encode() for folder in folders]
    members = cleaned(members, prefixes)
    found = [(name, prefix) for name, data in members.items() for prefix in prefixes if prefix + b"/" in data]
    for name, prefix in found:
        print(f"{Path(wheel).name}: {name} names a folder of this machine: {prefix.decode()}", file=sys.stderr)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(infos[name], data, zipfile.ZIP_DEFLATED)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
