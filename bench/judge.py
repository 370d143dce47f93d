#!/usr/bin/env python3
"""Shows data of known ratios, and data that we did not make, to real systems; writes bench/records/judges.json and docs/JUDGES.md.

Usage: judge.py DGEN [--size MiB] [--only WORD] [--folder FOLDER] [--list FILE] [--record FILE]. What is run is listed in
bench/judges/judges.json; each judge is a small script beside it (bench/judges/common.sh says how it is called). FOLDER takes the data and
what the judges store, some five times the size; the default is the system's temporary folder. With `--only`, judges whose names hold
WORD, or one of several words with commas between, are run again and the other results of the record are kept.
"""

import argparse
import fnmatch
import hashlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import judge_page

ROOT = Path(__file__).resolve().parent.parent
MIB = 1 << 20
# A multiple of all dedup ratios that are asked, in blocks of 1 MiB, so that the number of distinct blocks is exact.
DEFAULT_MIB = 96
STEP_MIB = 6
BLOCK = MIB
SEED = 1
LIMIT_S = 900.0
# Less than this of data that we did not make says little.
LEAST = 4 * MIB
# The data in both layouts, a file system's image, and what is stored in it.
ROOM = 6

Json = dict[str, Any]


def main() -> int:
    options = arguments()
    # As an exception, so that judges are ended and folders removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    listed: Json = json.loads(options.list.read_text(encoding="utf-8"))
    size = options.size * MIB
    judges = [judge for judge in listed["judges"] if any(word in judge["name"] for word in options.only.split(","))]
    old: Json = json.loads(options.record.read_text(encoding="utf-8")) if options.only and options.record.exists() else {}
    if old and old["size"] != size:
        raise SystemExit(f"judge: the record is of {old['size'] // MIB} MiB; --only needs the same --size")
    rerun = {judge["name"] for judge in judges}
    cases = [case for case in old.get("cases", []) if case["judge"] not in rerun]
    with tempfile.TemporaryDirectory(prefix="dgen-judge.", dir=options.folder) as folder:
        if (free := shutil.disk_usage(folder).free) < ROOM * size:
            raise SystemExit(f"judge: {folder} has {free // MIB} MiB free, and {ROOM * options.size} MiB are needed")
        for name, layouts in datasets(options.dgen, listed, options.list.parent, size, Path(folder)):
            cases += judged(options.dgen, name, layouts, judges, options.list.parent, Path(folder))
        cases += made_for(options, listed, judges, Path(folder))
    record = {"size": size, "block": BLOCK, "seed": SEED, "cases": in_order(cases, listed)}
    options.record.parent.mkdir(parents=True, exist_ok=True)
    options.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    options.page.write_text(judge_page.text(listed, record), encoding="utf-8")
    return 1 if any("failed" in case for case in cases) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dgen", type=lambda text: str(Path(text).resolve()))
    parser.add_argument("--size", type=int, default=DEFAULT_MIB)
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--list", type=Path, default=judge_page.LIST)
    parser.add_argument("--record", type=Path, default=judge_page.RECORD)
    parser.add_argument("--page", type=Path, default=judge_page.PAGE)
    options = parser.parse_args()
    if options.size < STEP_MIB or options.size % STEP_MIB:
        parser.error(f"--size: {options.size}; MiB, a multiple of {STEP_MIB}")
    return options


def datasets(dgen: str, listed: Json, scripts: Path, size: int, folder: Path) -> Iterator[tuple[str, dict[str, Path]]]:
    """Names of data with the folders where they lie while they are judged, by layout."""
    for dedup, compress in listed["pairs"]:
        name = judge_page.pair_name(dedup, compress)
        layouts = {"file": folder / "file", "blocks": folder / "blocks"}
        generate(dgen, dedup, compress, size, layouts)
        yield name, layouts
        for path in layouts.values():
            shutil.rmtree(path)
    for other in listed["others"]:
        tree = folder / "tree"
        tree.mkdir()
        if "make" in other:
            subprocess.run([scripts.resolve() / other["make"], tree, str(size)], check=True)
            copied, lack = sum(path.stat().st_size for path in tree.iterdir()), other["what"]
        else:
            copied, lack = copy_some(Path(other["folder"]), other["match"], size, tree), f"{other['match']} in {other['folder']}"
        if copied < LEAST:
            print(f"SKIPPED {other['name']}: there are no {LEAST // MIB} MiB of {lack}", file=sys.stderr)
        else:
            yield other["name"], {"file": tree, "blocks": tree}
        shutil.rmtree(tree)


def made_for(options: argparse.Namespace, listed: Json, judges: list[Json], folder: Path) -> Iterator[Json]:
    """What judges say of data that is made for their systems."""
    for system in sorted({judge["for"] for judge in judges if "for" in judge}):
        asked = [judge for judge in judges if judge.get("for") == system]
        for dedup, compress in listed["pairs"]:
            layouts = {"file": folder / "file", "blocks": folder / "blocks"}
            name = judge_page.made_for_name(dedup, compress)
            refusal = generate(options.dgen, dedup, compress, options.size * MIB, layouts, f"--for={system}")
            if refusal:
                yield from ({"judge": judge["name"], "data": name, "refused": refusal} for judge in asked)
            else:
                yield from judged(options.dgen, name, layouts, asked, options.list.parent, folder)
            for path in layouts.values():
                shutil.rmtree(path)


def generate(dgen: str, dedup: str, compress: str, size: int, layouts: dict[str, Path], *more: str) -> str:
    """The same data twice: as one file, and with each block a file of its own. Says why there is no such data."""
    for path in layouts.values():
        path.mkdir()
    command = [dgen, "stream", f"--size={size}", f"--seed={SEED}", f"--dedup-ratio={dedup}", f"--compress-ratio={compress}",
               f"--block-size={BLOCK}", *more]
    with (layouts["file"] / "data.bin").open("wb") as file:
        done = subprocess.run(command, check=False, stdout=file, stderr=subprocess.PIPE, text=True)
    if done.returncode == 2 and more:
        return done.stderr.strip().splitlines()[0]
    done.check_returncode()
    with (layouts["file"] / "data.bin").open("rb") as file:
        for number in range(math.ceil(size / BLOCK)):
            (layouts["blocks"] / f"{number:05}").write_bytes(file.read(BLOCK))
    return ""


def copy_some(source: Path, match: str, size: int, target: Path) -> int:
    """Copies files of a tree up to so many bytes, in an order that mixes its folders; returns the bytes."""
    files = [Path(at, name) for at, _, names in os.walk(source) for name in fnmatch.filter(names, match)]
    copied = 0
    for path in sorted(files, key=lambda path: hashlib.sha256(os.fsencode(path)).digest()):
        if path.is_symlink() or not path.is_file() or not 0 < (length := path.stat().st_size) <= size - copied:
            continue
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        copied += length
    return copied


def judged(dgen: str, data: str, layouts: dict[str, Path], judges: list[Json], scripts: Path, folder: Path) -> list[Json]:
    # As each judge is shown it: whole files that are equal count where the system looks for them.
    shown = {layouts[judge["layout"]] for judge in judges if "predict" in judge}
    measured = {path: measure(dgen, path, measures(judges)) for path in sorted(shown)}
    cases = []
    for judge in judges:
        scratch = folder / "scratch"
        scratch.mkdir()
        command = [str(scripts.resolve() / judge["command"][0]), str(layouts[judge["layout"]]), *judge["command"][1:]]
        case = {"judge": judge["name"], "data": data} | run(command, scratch)
        predictions = (predict(measured[layouts[judge["layout"]]], paths) for paths in judge.get("predict", []))
        if "stored_bytes" in case and (predicted := next(filter(None, predictions), None)):
            case["predicted"] = predicted
        shutil.rmtree(scratch)
        print(json.dumps(case), file=sys.stderr)
        cases.append(case)
    return cases


def run(command: list[str], scratch: Path) -> Json:
    """What a judge says, the reason why it does not judge, or how it failed."""
    with subprocess.Popen(command, cwd=scratch, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as judge:
        try:
            out, err = judge.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return {"failed": f"took longer than {LIMIT_S:g} s"}
        finally:
            end(judge)
    if judge.returncode != 0:
        return {"failed": f"exit {judge.returncode}: {(err.strip().splitlines() or ['no message'])[-1]}"}
    try:
        said: Json = json.loads(out.splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return {"failed": "printed no JSON"}
    if "skipped" not in said and not (said.get("original_bytes", 0) > 0 and said.get("stored_bytes", 0) > 0):
        return {"failed": "printed no bytes"}
    return said


def end(judge: "subprocess.Popen[str]") -> None:
    """Ends a judge that still runs, so that it unmounts what it mounted."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        if judge.poll() is not None:
            return
        os.killpg(judge.pid, sent)
        try:
            judge.wait(timeout=30)
        except subprocess.TimeoutExpired:
            continue


def measure(dgen: str, folder: Path, options: list[str]) -> Json:
    """The report of `dgen measure`."""
    command = [dgen, "measure", "--json", "--sample=1", *options, str(folder)]
    report: Json = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report


def measures(judges: list[Json]) -> list[str]:
    """The options for what predictions name: models, chunkers."""
    paths = {path for judge in judges for paths in judge.get("predict", []) for path in paths}
    options = {"models": "--model", "chunks": "--chunker"}
    return sorted({f"{options[first]}={name}" for first, name, *_ in (path.split("/") for path in paths) if first in options})


def predict(measured: Json, paths: list[str]) -> float | None:
    """The product of the values at the paths, such as `compress/lz4/4096`; None where the report has no such value."""
    product = 1.0
    for path in paths:
        value: Any = measured
        for key in path.split("/"):
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, int | float):
            return None
        product *= value
    return product


def in_order(cases: list[Json], listed: Json) -> list[Json]:
    judges = [judge["name"] for judge in listed["judges"]]
    names = [*judge_page.data_names(listed), *judge_page.made_for_names(listed)]
    known = [case for case in cases if case["judge"] in judges and case["data"] in names]
    return sorted(known, key=lambda case: (names.index(case["data"]), judges.index(case["judge"])))


if __name__ == "__main__":
    sys.exit(main())
