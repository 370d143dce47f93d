#!/usr/bin/env bash
# Lets libFuzzer, under the address sanitizer, look for bytes that a target cannot take. Needs a nightly toolchain.
# Usage: fuzz.sh SECONDS [TARGET...]; what it found worth keeping lies in target/fuzz/corpus, a crash in target/fuzz.
set -eu -o pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
[ $# -gt 0 ] || set -- recipe ratio size attribute topology verify arguments

host=$(rustc -vV | sed -n 's/^host: //p')
if ! rustc +nightly --version >/dev/null 2>&1; then
    echo "SKIPPED fuzzing with libFuzzer: there is no nightly toolchain (the targets run for seconds in \`make test\`)"
    exit 0
fi
coverage=(sancov-module)
flags="--cfg fuzzing -Cpasses=${coverage[*]} -Zsanitizer=address -Ccodegen-units=1"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=" -Cllvm-args=-sanitizer-coverage-$option"
done
RUSTFLAGS=$flags cargo +nightly build --release --quiet --locked --package dgen-fuzz --features libfuzzer \
    --target "$host" --target-dir target/fuzz-build
for name in "$@"; do
    mkdir -p "target/fuzz/corpus/$name"
    echo "== $name, $seconds seconds"
    DGEN_FUZZ=$name "target/fuzz-build/$host/release/fuzz" -max_total_time="$seconds" -print_final_stats=1 -timeout=20 \
        -artifact_prefix="target/fuzz/$name-" "target/fuzz/corpus/$name" 2>&1 |
        grep -E "^(#[0-9]+.*DONE|stat::number|SUMMARY|==.*ERROR|thread|panicked|artifact)|Test unit|panicked at" || true
    [ "${PIPESTATUS[0]}" -eq 0 ] || { echo "$name: a crash; see target/fuzz/$name-*"; exit 1; }
done
