#!/usr/bin/env bash
# Runs what handles memory by hand under valgrind and, with a nightly toolchain, under the address sanitizer: kernels,
# fills, buffers, and the pipeline that hands them around. Takes minutes.
set -eu -o pipefail
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
runner=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$host")_RUNNER

# valgrind knows no AVX-512, and threads that wait in turns are slow under it.
if command -v valgrind >/dev/null; then
    export "$runner=valgrind --quiet --error-exitcode=99 --fair-sched=yes"
    echo "== valgrind: kernels, fills, guarded buffers"
    DGEN_KERNEL=portable cargo test --locked --package dgen --lib -- --test-threads 2 kernel:: fill:: uninit:: layout:: verify::
    DGEN_KERNEL=portable cargo test --locked --package dgen --test guard -- --test-threads 2
    echo "== valgrind: buffers"
    DGEN_KERNEL=portable cargo test --locked --package dgen-io --lib -- --test-threads 2 memory::
    unset "$runner"
else
    echo "SKIPPED valgrind: it is not installed"
fi

if rustc +nightly --version >/dev/null 2>&1; then
    echo "== address sanitizer"
    # Each test in a process of its own, since some count threads. What they leak, for names and pools that last as long
    # as the process, is no error of memory.
    asan() {
        RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0 CARGO_PROFILE_RELEASE_LTO=off \
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 cargo +nightly nextest run --no-fail-fast --release --locked \
            --target "$host" --target-dir target/asan "$@"
    }
    asan --package dgen --lib --test guard
    asan --package dgen-io --lib
else
    echo "SKIPPED the address sanitizer: there is no nightly toolchain"
fi
