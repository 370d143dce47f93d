#!/usr/bin/env bash
# Builds what is published, in dist/: manylinux_2_28 wheels without system libraries (one for 3.11 and up, one for 3.10, one for
# free-threaded 3.14) and the source distribution; then installs wheel and source distribution, each in an environment of its own.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. scripts/python_env.sh

first=$(interpreters | grep -v '^3.10 ' | head -n 1)
[ -n "$first" ] || { echo "wheels: no interpreter of version 3.11 or newer with venv" >&2; exit 1; }
make_venv .venv-wheels "${first#* }" "maturin>=1.9,<2" ziglang
export PATH=$PWD/.venv-wheels/bin:$PATH
rm -rf dist
build() { # interpreter features...
    local interpreter=$1
    shift
    CARGO_TARGET_DIR=target/python-wheels maturin build --quiet --release --locked --zig --compatibility manylinux_2_28 "$@" \
        --manifest-path python/Cargo.toml --interpreter "$interpreter" --out dist
}
build "${first#* }" --features abi3
build python3.10
build python3.14t
maturin sdist --manifest-path python/Cargo.toml --out dist

for package in dist/*abi3*.whl dist/*.tar.gz; do
    rm -rf target/venv-wheel
    "${first#* }" -m venv target/venv-wheel
    target/venv-wheel/bin/python -m pip install --quiet --disable-pip-version-check "$package"
    (cd target && venv-wheel/bin/python -c 'import dgen_py; print(dgen_py.__version__, dgen_py.generate_buffer(1 << 20, seed=1)[:4].__bytes__().hex())')
    target/venv-wheel/bin/dgen --version
done
ls -l dist
