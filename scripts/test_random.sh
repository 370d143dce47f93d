#!/usr/bin/env bash
# Runs dieharder on four views of the incompressible stream with fixed seeds; fails on a p-value below 1e-10 or above 1 - 1e-10.
# Usage: test_random.sh [VIEW...]; PSAMPLES multiplies the samples of each test. Records go to target/random/.
set -eu -o pipefail
cd "$(dirname "$0")/.."
if ! command -v dieharder >/dev/null; then
    echo "SKIPPED statistical batteries: dieharder is not installed"
    exit 0
fi
cargo build --release --locked --quiet --package dgen --example random_views
views=("$@")
[ ${#views[@]} -gt 0 ] || views=(stream heads seeds reversed)
# Dieharder's own numbering, as TEST or TEST:NTUPLE; 5, 6, 7 and 14 are left out, which its documentation calls suspect.
tests=(0 1 2 3 4 8 9 10 11 12 13 15 16 17 100 101 102 204 205 206 207 208 209
    200:1 200:2 200:4 200:8 200:12 201:2 201:3 201:4 201:5 202:2 202:3 202:4 202:5 203:0 203:1 203:7 203:16 203:31)
out=target/random
mkdir -p "$out"

run_test() { # view test
    local test=${2%:*} tuple=${2#*:}
    [ "$tuple" != "$2" ] || tuple=0
    { target/release/examples/random_views "$1" 20261 || true; } |
        dieharder -g 200 -d "$test" -n "$tuple" -m "${PSAMPLES:-1}" -D test_name -D ntuple -D psamples -D pvalues -D assessment -c '|' 2>/dev/null |
        grep -E '\|[[:space:]]*0?\.[0-9]+|\|[01]\.[0-9]+' || true
}

failed=0 total=0
for view in "${views[@]}"; do
    : >"$out/$view.txt"
    for test in "${tests[@]}"; do
        run_test "$view" "$test" | tee -a "$out/$view.txt" | sed "s/^/$view: /"
    done
    read -r lines bad < <(awk -F'|' '{ n++; p = $4 + 0; if (p < 1e-10 || p > 1 - 1e-10) bad++ } END { print n + 0, bad + 0 }' "$out/$view.txt")
    echo "$view: $lines p-values, $bad outside the limits"
    total=$((total + lines)) failed=$((failed + bad))
    [ "$lines" -ge ${#tests[@]} ] || { echo "$view: fewer results than tests" >&2; failed=$((failed + 1)); }
done
echo "$((total - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
