# Functions about interpreters and virtual environments; sourced by the scripts for Python.

# What building, type checks and benchmarks need.
TOOLS="maturin>=1.9,<2 mypy>=1.18 pytest>=8 numpy typing_extensions"

# Programs that are given the package's data in tests.
CLIENTS="requests boto3 minio h5py pyarrow pillow dask"

# With what `python -m dgen_py.mpi` is tried; the launcher of Open MPI gets an environment of its own.
MPI="mpi4py>=4 mpich"

# The interpreters of this machine that the package supports: a line "VERSION PATH" for each.
interpreters() {
    local version path
    for version in 3.10 3.11 3.12 3.13 3.14 3.14t; do
        for path in "$(command -v "python$version")" "${PYENV_ROOT:-$HOME/.pyenv}/versions/${version%t}".*/bin/python"$version"; do
            # A shim may exist for a version that does not; only one that runs counts.
            if [ -n "$path" ] && "$path" -c "import venv, ensurepip" >/dev/null 2>&1; then
                echo "$version $path"
                break
            fi
        done
    done
}

# The oldest of them that has the tools, as such a line: what is built and checked once is built and checked with it.
toolsmith() {
    interpreters | grep -v '^3.10 ' | head -n 1 || true
}

# Makes the virtual environment $1 with interpreter $2 and the packages that follow, unless it has them already.
make_venv() {
    local folder=$1 python=$2
    shift 2
    local wanted="$python $*"
    [ -f "$folder/made-of" ] && [ "$(cat "$folder/made-of")" = "$wanted" ] && return 0
    rm -rf "$folder"
    "$python" -m venv "$folder" &&
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" &&
        echo "$wanted" >"$folder/made-of"
}

# Compiler flags under which nothing that is built names a folder of this machine, and the folders that it could name.
OWN_FOLDERS=("$PWD" "${CARGO_HOME:-$HOME/.cargo}" "${RUSTUP_HOME:-$HOME/.rustup}")
without_own_folders() { # command...
    local flags="" c_flags="" folder
    for folder in "${OWN_FOLDERS[@]}"; do
        flags+=" --remap-path-prefix=$folder=${folder##*/}"
        c_flags+=" -ffile-prefix-map=$folder=${folder##*/}"
    done
    RUSTFLAGS="${RUSTFLAGS:-}$flags" CFLAGS="${CFLAGS:-}$c_flags" "$@"
}

# Wheels that are built to be tested: as optimised, and linked in a fraction of the time.
quick_wheels() {
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0
}

# Builds the wheel for interpreter $2 of version $1, with the maturin of virtual environment $3; prints its path.
build_wheel() {
    local version=$1 python=$2 tools=$3 flavour features=()
    case $version in
    3.10 | *t) flavour=cp${version/./} ;;
    *) flavour=abi3 features=(--features abi3) ;;
    esac
    local out=target/wheels/$flavour
    rm -rf "$out"
    CARGO_TARGET_DIR=$PWD/target/python-$flavour without_own_folders "$tools/bin/python" -m maturin build --quiet --release \
        --locked "${features[@]}" --manifest-path python/Cargo.toml --interpreter "$python" --out "$out" >&2
    python3 scripts/clean_wheel.py "$out"/*.whl "${OWN_FOLDERS[@]}"
    ls "$out"/*.whl
}
