#!/usr/bin/env bash
# Times the Python package beside the peer, and its ring of shared buffers beside a plain loop. Usage: bench_python.sh DGEN
set -eu -o pipefail
dgen=$(realpath "$1")
cd "$(dirname "$0")/.."
. scripts/python_env.sh
first=$(toolsmith)
if [ -z "$first" ] || ! make_venv .venv-tools "${first#* }" $TOOLS; then
    echo "SKIPPED the Python benchmarks: no interpreter, or maturin cannot be installed" >&2
    exit 0
fi
wheel=$(build_wheel "${first%% *}" "${first#* }" .venv-tools)
.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
python3 bench/python.py "$dgen" .venv-tools/bin/python
.venv-tools/bin/python bench/ring.py
