#!/usr/bin/env python3
"""Measures how generation scales on this machine, records it, and generates docs/SCALING.md.

Usage: scaling.py DGEN [NAME]. The record goes to bench/records/scaling/NAME.json; NAME is by default the processor and
the number of physical cores.
"""

import json
import os
import re
import sys
from pathlib import Path

from run import ROOT, Json, machine, run_json

RECORDS = ROOT / "bench/records/scaling"


def main() -> None:
    dgen = str(Path(sys.argv[1]).resolve())
    load = os.getloadavg()[0]
    ratios = ["--dedup-ratio=1", "--compress-ratio=1,2"]
    scaling = run_json([dgen, "bench", "fill", "--scaling", "--rounds=40", *ratios, "--json"])
    numa = run_json([dgen, "bench", "numa", "--size=64GiB", "--json"])
    topology = run_json([dgen, "info", "--json"])["topology"]
    record: Json = {"machine": {**machine(dgen), **facts(topology), "load_before": load}, "scaling": scaling, "numa": numa}
    name = sys.argv[2] if len(sys.argv) > 2 else f"{scaling['cpu_model']}-{scaling['physical_cores']}"
    path = RECORDS / (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".json")
    RECORDS.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    import scaling_page  # beside this file

    scaling_page.main()


def facts(topology: Json) -> Json:
    """What the machine is, without its name."""
    keys = ["deployment_type", "num_nodes", "packages", "physical_cores", "logical_cpus"]
    nodes = [{key: node.get(key) for key in ("id", "cpus", "memory_total_bytes")} for node in topology["nodes"]]
    return {**{key: topology[key] for key in keys}, "nodes": nodes}


if __name__ == "__main__":
    main()
