#!/usr/bin/env bash
# Judges views of the stream: the rank of long rows; dieharder; PractRand where its program RNG_test is on the path.
# Usage: test_random.sh [VIEW...] (see crates/dgen/examples/random_views.rs). Records go to target/random/.
# PSAMPLES multiplies the samples of dieharder's tests (1); PRACTRAND_STREAM and PRACTRAND_VIEW say how much of the stream
# and of each other view PractRand reads (64GB and 16GB, its spelling of 2^30 bytes). Both batteries take hours.
set -eu -o pipefail
cd "$(dirname "$0")/.."
cargo build --release --locked --quiet --package dgen --example random_views --example linear_rank
views=("$@")
[ ${#views[@]} -gt 0 ] || views=(stream heads tails seeds versions reversed ratio2 ratio10)
# Dieharder's own numbering, as TEST or TEST:NTUPLE; 5, 6, 7 and 14 are left out, which its documentation calls suspect.
tests=(0 1 2 3 4 8 9 10 11 12 13 15 16 17 100 101 102 204 205 206 207 208 209
    200:1 200:2 200:4 200:8 200:12 201:2 201:3 201:4 201:5 202:2 202:3 202:4 202:5 203:0 203:1 203:7 203:16 203:31)
# Rows as ROW OFFSET STRIDE: sectors apart, shifted by a line or more, one in each page; 128 B to 1 KiB are in the suite.
rows=("2048 0 2048" "2048 64 2048" "2048 192 2048" "2048 0 4096" "2048 2048 4096" "2048 512 4096" "4096 0 4096" "4096 256 4096")
out=target/random
mkdir -p "$out"
passed=0 failed=0 skipped=0

# The end of a pipe closes it early, which the writer takes for its end.
write_view() { # view
    target/release/examples/random_views "$1" 20261 || true
}

rank() { # view
    local row
    for row in "${rows[@]}"; do
        # shellcheck disable=SC2086 # three numbers
        if write_view "$1" | target/release/examples/linear_rank $row | tee -a "$out/rank_$1.txt" | sed "s/^/$1: /"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
}

run_dieharder() { # view test
    local test=${2%:*} tuple=${2#*:}
    [ "$tuple" != "$2" ] || tuple=0
    write_view "$1" |
        dieharder -g 200 -d "$test" -n "$tuple" -m "${PSAMPLES:-1}" -D test_name -D ntuple -D psamples -D pvalues -D assessment -c '|' 2>/dev/null |
        grep -E '\|[[:space:]]*0?\.[0-9]+|\|[01]\.[0-9]+' || true
}

# Fails on a p-value below 1e-10 or above 1 - 1e-10.
dieharder_view() { # view
    local record=$out/$1.txt test lines bad
    : >"$record"
    for test in "${tests[@]}"; do
        run_dieharder "$1" "$test" | tee -a "$record" | sed "s/^/$1: /"
    done
    read -r lines bad < <(awk -F'|' '{ n++; p = $4 + 0; if (p < 1e-10 || p > 1 - 1e-10) bad++ } END { print n + 0, bad + 0 }' "$record")
    echo "$1: $lines p-values, $bad outside the limits"
    passed=$((passed + lines - bad)) failed=$((failed + bad))
    [ "$lines" -ge ${#tests[@]} ] || { echo "$1: fewer results than tests" >&2; failed=$((failed + 1)); }
}

# Fails on any FAIL, and on a test that is twice very suspicious; both are PractRand's own words.
practrand_view() { # view
    local record=$out/practrand_$1.txt limit=${PRACTRAND_VIEW:-16GB} bad
    [ "$1" != stream ] || limit=${PRACTRAND_STREAM:-64GB}
    write_view "$1" | RNG_test stdin64 -tlmin 1GB -tlmax "$limit" -multithreaded 2>&1 | tee "$record" | sed "s/^/$1: /"
    grep -q 'length=' "$record" || { echo "$1: RNG_test gave no result" >&2; failed=$((failed + 1)); return; }
    bad=$(awk '/FAIL/ { bad++ } /VERY SUSPICIOUS/ && seen[$1]++ { bad++ } END { print bad + 0 }' "$record")
    echo "$1: PractRand to $limit, $bad outside the limits"
    if [ "$bad" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

for view in "${views[@]}"; do
    : >"$out/rank_$view.txt"
    rank "$view"
done
for battery in dieharder RNG_test; do
    if ! command -v "$battery" >/dev/null; then
        echo "SKIPPED statistical batteries: $battery is not installed"
        skipped=$((skipped + 1))
        continue
    fi
    for view in "${views[@]}"; do
        case $battery in
        dieharder) dieharder_view "$view" ;;
        *) practrand_view "$view" ;;
        esac
    done
done
echo "$passed passed, $failed failed, $skipped batteries skipped"
[ "$failed" -eq 0 ]
