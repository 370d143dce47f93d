#!/usr/bin/env bash
# Installs the command by cargo, and the Python package from the source tree and from the source distribution on every
# interpreter found, as the README says, and calls what was installed. Builds without optimisation: what is tested is the
# installation.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. scripts/python_env.sh

cargo install --quiet --path crates/dgen-cli --locked --debug --root target/installed
target/installed/bin/dgen --version
rm -rf target/installed

mapfile -t found < <(interpreters)
first=$(toolsmith)
if [ -z "$first" ] || ! make_venv .venv-tools "${first#* }" $TOOLS; then
    echo "SKIPPED installations of the Python package: no interpreter of version 3.11 or newer with venv, or its tools cannot be installed" |
        tee -a target/skips.txt
    exit 0
fi
out=$PWD/target/install
rm -rf "$out"
mkdir -p "$out"
.venv-tools/bin/python -m maturin sdist --manifest-path python/Cargo.toml --out "$out" >/dev/null
# pip unpacks a source distribution in a new folder each time, where all is compiled anew: the first interpreter gets the
# file, the others the folder in it.
tar -C "$out" -xf "$out"/*.tar.gz
unpacked=$(echo "$out"/*/)
export CARGO_TARGET_DIR=$PWD/target/python-install CARGO_INCREMENTAL=0 MATURIN_PEP517_ARGS="--profile dev" PIP_DISABLE_PIP_VERSION_CHECK=1

passed=0 failed=0
for line in "${found[@]}"; do
    source_distribution=$unpacked
    [ "$line" != "$first" ] || source_distribution=$(echo "$out"/*.tar.gz)
    for source in . "$source_distribution"; do
        name="Python ${line%% *} from ${source#"$out"/}"
        rm -rf "$out/venv"
        "${line#* }" -m venv "$out/venv"
        if "$out/venv/bin/python" -m pip install --quiet "$source" &&
            (cd "$out" && venv/bin/python -c 'import dgen_py; assert len(dgen_py.generate_buffer(5000, seed=1)) == 5000') &&
            "$out/venv/bin/dgen" --version; then
            passed=$((passed + 1))
            echo "passed: $name"
        else
            failed=$((failed + 1))
            echo "FAILED: $name" >&2
        fi
    done
done
# The folder that pip unpacked is gone, and what was built there is of no more use.
rm -rf "$out/venv" "$unpacked" "$CARGO_TARGET_DIR"
echo "$passed passed, $failed failed: installations of the Python package"
[ "$failed" -eq 0 ]
