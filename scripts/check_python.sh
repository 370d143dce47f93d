#!/usr/bin/env bash
# Formatting and lints of the binding, types of the Python files, and the stubs against the built module.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. scripts/python_env.sh
quick_wheels

(
    cd python
    cargo fmt --all --check
    CARGO_TARGET_DIR=../target/python-abi3 cargo clippy --release --locked --features abi3 -- -D warnings
)
first=$(toolsmith)
if [ -z "$first" ] || ! make_venv .venv-tools "${first#* }" $TOOLS; then
    echo "SKIPPED types and stubs: no interpreter, or mypy cannot be installed" >&2
    [ "${CI:-}" != true ]
    exit
fi
wheel=$(build_wheel "${first%% *}" "${first#* }" .venv-tools)
.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
cd python
../.venv-tools/bin/python -m pytest -q -p no:cacheprovider tests/test_typing.py
