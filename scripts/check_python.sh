#!/usr/bin/env bash
# Formatting and lints of the binding, types of the Python files, and the stubs against the built module.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. scripts/python_env.sh

(
    cd python
    cargo fmt --all --check
    CARGO_TARGET_DIR=../target/python-abi3 cargo clippy --release --locked -- -D warnings
)
first=$(interpreters | grep -v '^3.10 ' | head -n 1)
if [ -z "$first" ] || ! make_venv .venv-tools "${first#* }" "maturin>=1.9,<2" "mypy>=1.18" numpy typing_extensions; then
    echo "SKIPPED types and stubs: no interpreter, or mypy cannot be installed" >&2
    [ "${CI:-}" != true ]
    exit
fi
python=.venv-tools/bin/python
wheel=$(build_wheel "${first%% *}" "${first#* }" .venv-tools)
$python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
cd python
../$python -m mypy --strict python/dgen_py
[ ! -d examples ] || ../$python -m mypy --strict examples/*.py
../$python -m mypy.stubtest --allowlist stubtest-allowlist.txt --ignore-unused-allowlist dgen_py
