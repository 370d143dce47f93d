"""Takes the paths of the machine that built a wheel out of its bill of materials, and fails if any file still holds one.
A wheel for musllinux gets the C library's name that systems with musl have; linkers know it as libc.so.

usage: clean_wheel.py WHEEL FOLDER...    the folders that nobody else has: of the sources, of cargo
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def record_line(name: str, data: bytes) -> str:
    """What RECORD says of a file: name, digest, length."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


def renamed(program: bytes, processor: str) -> bytes:
    """The program or library, which asks for the C library by its name on systems with musl."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(program)
        file.flush()
        name = f"libc.musl-{processor}.so.1"
        subprocess.run(["patchelf", "--replace-needed", "libc.so", name, file.name], check=True)
        return Path(file.name).read_bytes()


def cleaned(members: dict[str, bytes], folders: list[bytes], musl: str) -> dict[str, bytes]:
    """The members with a bill of materials that names packages by their places among the sources; `musl` is the processor
    of a wheel for musllinux, or empty."""
    changed = dict(members)
    for name, data in members.items():
        if "/sboms/" in name:
            for folder in folders:
                data = data.replace(b"path+file://" + folder, b"path+file:").replace(b"file://" + folder, b"file:")
            changed[name] = data
        elif musl and data.startswith(b"\x7fELF"):
            changed[name] = renamed(data, musl)
    record = next(name for name in members if name.endswith(".dist-info/RECORD"))
    lines = [
        line if name == record else record_line(name, changed[name])
        for line in members[record].decode().splitlines()
        for name in [line.split(",")[0]]
    ]
    changed[record] = "\n".join([*lines, ""]).encode()
    return changed


def main(wheel: str, *folders: str) -> int:
    """Rewrites the wheel; the exit code says whether it is clean."""
    with zipfile.ZipFile(wheel) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        members = {name: archive.read(name) for name in infos}
    prefixes = [folder.rstrip("/").encode() for folder in folders]
    _, is_musl, platform = wheel.partition("-musllinux_")
    musl = platform.removesuffix(".whl").split("_", 2)[2] if is_musl else ""
    members = cleaned(members, prefixes, musl)
    found = [(name, prefix) for name, data in members.items() for prefix in prefixes if prefix + b"/" in data]
    for name, prefix in found:
        print(f"{Path(wheel).name}: {name} names a folder of this machine: {prefix.decode()}", file=sys.stderr)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(infos[name], data, zipfile.ZIP_DEFLATED)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
