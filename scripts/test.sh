#!/usr/bin/env bash
# Runs every test: Rust (nextest where it is installed, and doc tests), the test vectors in Python, the runner of judges.
# Skipped tests print a line that starts with "SKIPPED"; in CI (CI=true) a skip of something that must run fails.
set -eu -o pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

mkdir -p target && rm -f target/skips.txt
python3 vectors/reference.py --check vectors/v1.json
python3 bench/test_judge.py --quiet
cargo test --workspace --doc --locked --quiet
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked --no-fail-fast --success-output=never --status-level=fail 2>&1 | tee "$log"
else
    cargo test --workspace --tests --locked --no-fail-fast 2>&1 | tee "$log"
fi
