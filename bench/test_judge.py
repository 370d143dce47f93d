#!/usr/bin/env python3
"""Tests of the runner of judges, with judges and a dgen that are small programs of the test. Needs no root and no tools."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import judge
import judge_page

SIZE_MIB = 6

DGEN = """
import json, sys
if "--for=picky" in sys.argv and "--dedup-ratio=1" in sys.argv:
    print("dgen: cannot be had", file=sys.stderr)
    sys.exit(2)
if sys.argv[1] == "stream":
    size = next(int(arg.split("=")[1]) for arg in sys.argv if arg.startswith("--size="))
    sys.stdout.buffer.write(bytes(range(256)) * (size // 256))
else:
    models = {arg.split("=")[1]: {"ratio": 2.0} for arg in sys.argv if arg.startswith("--model=")}
    print(json.dumps({"compress": {"lz4": {"4096": 4.0}}, "dedup": {"4096": {"ratio": 1.5}}, "models": models}))
"""
HALVES = """
. "$(dirname "$0")/common.sh"
[ -z "$(ls)" ] && touch used
result $(($(original) / $1)) "halves 1"
"""


class Runner(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "others").mkdir()
        (self.folder / "others/a.txt").write_bytes(b"a" * (5 << 20))
        (self.folder / "others/b.bin").write_bytes(b"b" * (1 << 20))
        self.script("common.sh", judge_page.LIST.with_name("common.sh").read_text(encoding="utf-8"), "")
        self.script("halves.sh", HALVES, "#!/usr/bin/env bash")
        self.script("absent.sh", '. "$(dirname "$0")/common.sh"\nneed no-such-command\n', "#!/usr/bin/env bash")
        self.script("made.sh", 'head -c 6291456 /dev/zero >"$1/zeros"', "#!/usr/bin/env bash")
        self.script("broken.sh", "echo 'no space: left' >&2\nexit 4", "#!/usr/bin/env bash")
        self.dgen = self.script("dgen", DGEN, f"#!{sys.executable}")

    def script(self, name: str, body: str, first: str) -> Path:
        path = self.folder / name
        path.write_text(f"{first}\n{body}", encoding="utf-8")
        path.chmod(0o755)
        return path

    def run_it(self, judges: list[dict[str, Any]], *options: str) -> tuple[int, dict[str, Any], str]:
        others = [{"name": "texts", "folder": str(self.folder / "others"), "match": "*.txt"}, {"name": "none", "folder": "/nonexistent", "match": "*"},
                  {"name": "zeros", "make": "made.sh", "what": "zeros alone"}]
        listed = {"pairs": [["1", "2"], ["2", "2"]], "others": others,
                  "mechanisms": {"rounding": "It rounds."}, "judges": judges}
        (self.folder / "list.json").write_text(json.dumps(listed), encoding="utf-8")
        (self.folder / "scratch").mkdir(exist_ok=True)
        command = [sys.executable, judge.__file__, self.dgen, f"--size={SIZE_MIB}", f"--folder={self.folder}/scratch", *options,
                   *(f"--{name}={self.folder}/{name}.{end}" for name, end in (("list", "json"), ("record", "out"), ("page", "md")))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.said = done.stderr
        self.assertEqual(os.listdir(self.folder / "scratch"), [], "nothing is left")
        if not (self.folder / "record.out").exists():
            return done.returncode, {}, ""
        record = json.loads((self.folder / "record.out").read_text(encoding="utf-8"))
        return done.returncode, record, (self.folder / "page.md").read_text(encoding="utf-8")

    def test_what_judges_say_stands_in_record_and_page(self) -> None:
        code, record, page = self.run_it([
            entry("half", "2", predict=[["models/none/x"], ["models/zram/ratio"]]),
            entry("third", "3", sees="both", why={"rounding": "all"}),
            {**entry("gone", "2"), "command": ["absent.sh"]},
        ])
        self.assertEqual(code, 0, self.said)
        half = [case for case in record["cases"] if case["judge"] == "half"]
        self.assertEqual([case["data"] for case in half], ["(1, 2)", "(2, 2)", "texts", "zeros"])
        self.assertEqual([case["original_bytes"] for case in half], [SIZE_MIB << 20, SIZE_MIB << 20, 5 << 20, 6 << 20])
        self.assertTrue(all(case["predicted"] == 2.0 for case in half))
        self.assertIn("| half | halves 1 | compression | 2.000 | 2.000 |", page)
        self.assertIn("| third | halves 1 | both | **3.000** | **3.000** |", page)
        self.assertIn("- **rounding**: It rounds.", page)
        self.assertIn("third: (1, 2) +50%, (2, 2) -25%", page)
        self.assertIn("| half | 2.000 (+0.0%) | 2.000 (+0.0%) |", page)
        self.assertIn("zeros (zeros alone, 6 MiB)", page)
        self.assertIn("- gone: skipped, no-such-command is not installed", page)
        self.assertIn("SKIPPED none", self.said)
        self.assertNotIn("not explained", page)

    def test_data_is_made_for_the_systems_that_say_so(self) -> None:
        code, record, page = self.run_it([entry("half", "2"), {**entry("picky", "3"), "for": "picky"}])
        self.assertEqual(code, 0, self.said)
        made = {case["data"]: case for case in record["cases"] if case["data"].endswith("made for it")}
        self.assertEqual(list(made), ["(1, 2) made for it", "(2, 2) made for it"])
        self.assertEqual(made["(1, 2) made for it"]["refused"], "dgen: cannot be had")
        self.assertIn("| picky | `picky` | refused | **3.000** |", page)
        self.assertIn("(2, 2) made for it +50%", page)

    def test_a_deviation_without_a_mechanism_is_named(self) -> None:
        _, _, page = self.run_it([entry("third", "3", why={"rounding": ["(1, 2)"]})])
        self.assertIn("- **not explained yet**:\n  - third: (2, 2) +50%", page)

    def test_a_judge_that_fails_is_seen(self) -> None:
        code, record, page = self.run_it([{**entry("broken", "2"), "command": ["broken.sh"]}, entry("half", "2")])
        self.assertEqual(code, 1)
        self.assertEqual(record["cases"][0]["failed"], "exit 4: no space: left")
        self.assertIn("- broken: failed, exit 4: no space: left", page)
        self.assertIn("| half |", page)

    def test_one_judge_again_keeps_the_others(self) -> None:
        self.run_it([entry("half", "2"), entry("third", "3")])
        code, record, _ = self.run_it([entry("half", "4"), entry("third", "1")], "--only=third")
        self.assertEqual(code, 0, self.said)
        stored = {case["judge"]: case["stored_bytes"] for case in record["cases"] if case["data"] == "(1, 2)"}
        self.assertEqual(stored, {"half": SIZE_MIB << 19, "third": SIZE_MIB << 20})

    def test_sizes_that_make_no_whole_blocks_are_refused(self) -> None:
        code, record, _ = self.run_it([entry("half", "2")], "--size=7")
        self.assertEqual((code, record), (2, {}))
        self.assertIn("--size: 7", self.said)

    def test_a_judge_that_hangs_has_failed(self) -> None:
        self.addCleanup(setattr, judge, "LIMIT_S", judge.LIMIT_S)
        judge.LIMIT_S = 0.01
        self.assertEqual(judge.run(["sleep", "600"], self.folder / "others"), {"failed": "took longer than 0.01 s"})

    def test_a_judge_that_is_ended_cleans_up(self) -> None:
        hangs = self.script("hangs.sh", f"trap 'touch {self.folder}/cleaned' EXIT\necho ready\nsleep 600", "#!/usr/bin/env bash")
        with subprocess.Popen([hangs], text=True, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            self.assertEqual(process.stdout.readline(), "ready\n")
            judge.end(process)
        self.assertTrue((self.folder / "cleaned").exists())


class Files(unittest.TestCase):
    """What the repository holds."""

    def test_each_judge_has_its_script_and_each_reason_its_mechanism(self) -> None:
        listed = json.loads(judge_page.LIST.read_text(encoding="utf-8"))
        names = [*judge_page.data_names(listed), *judge_page.made_for_names(listed)]
        for other in listed["others"]:
            self.assertTrue("make" not in other or os.access(judge_page.LIST.with_name(other["make"]), os.X_OK), other)
        for one in listed["judges"]:
            script = judge_page.LIST.with_name(one["command"][0])
            self.assertTrue(os.access(script, os.X_OK), script)
            self.assertIn(one["sees"], judge_page.SEES)
            self.assertIn(one["layout"], ("file", "blocks"))
            for mechanism, data in [*one.get("why", {}).items(), *one.get("why_predicted", {}).items()]:
                self.assertIn(mechanism, listed["mechanisms"])
                self.assertTrue(data == "all" or set(data) <= set(names), data)

    def test_ratios_divide_the_blocks(self) -> None:
        listed = json.loads(judge_page.LIST.read_text(encoding="utf-8"))
        for dedup, _ in listed["pairs"]:
            self.assertEqual(judge.STEP_MIB / float(dedup) % 1, 0, dedup)


def entry(name: str, divisor: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "command": ["halves.sh", divisor], "layout": "file", "sees": "compress", **more}


if __name__ == "__main__":
    unittest.main()
