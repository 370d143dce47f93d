#!/usr/bin/env bash
# Fails every I/O and every system call of small runs in turn, and draws faults, signals and settings from seeds.
# Usage: faults.sh ROUNDS; a failing sequence is printed as text that replays it (docs/TESTING.md).
set -eu -o pipefail
cd "$(dirname "$0")/.."
export DGEN_FAULTS_ROUNDS=${1:-10}
cargo test --locked --package dgen-io --lib tests::every
cargo test --locked --package dgen-cli --test faults -- --test-threads "$(nproc)"
