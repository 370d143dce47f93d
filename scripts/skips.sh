#!/usr/bin/env bash
# Lists what this run's tests skipped, with reasons. In CI a skip without `optional` fails.
set -eu -o pipefail
cd "$(dirname "$0")/.."
skips=target/skips.txt
[ -s "$skips" ] || { echo "skipped tests: none"; exit 0; }
echo "skipped tests:"
sort -u "$skips" | sed 's/^/  /'
if [ "${CI:-}" = true ] && grep -qv '^optional' "$skips"; then
    echo "a test that must run in CI was skipped" >&2
    exit 1
fi
