#!/usr/bin/env bash
# Runs the purity tests and the vectors on aarch64 (the NEON kernel) and on s390x (the portable kernel, big-endian),
# under user-mode emulation. What the toolchain cannot do is skipped visibly.
set -eu -o pipefail
cd "$(dirname "$0")/.."
ran=0

emulate() { # rust target, qemu, cross prefix
    local target=$1 qemu=$2 prefix=$3 upper
    if ! command -v "$qemu" >/dev/null || ! command -v "$prefix-gcc" >/dev/null; then
        echo "SKIPPED $target: $qemu or $prefix-gcc is not installed"
        return 0
    fi
    if ! rustup target list --installed 2>/dev/null | grep -qx "$target" && ! rustup target add "$target" >/dev/null 2>&1; then
        echo "SKIPPED $target: its standard library cannot be installed"
        return 0
    fi
    upper=$(tr 'a-z-' 'A-Z_' <<<"$target")
    env "CARGO_TARGET_${upper}_LINKER=$prefix-gcc" "CARGO_TARGET_${upper}_RUNNER=$qemu -L /usr/$prefix" \
        "CC_${target//-/_}=$prefix-gcc" "AR_${target//-/_}=$prefix-ar" PROPTEST_CASES="${PROPTEST_CASES:-100}" \
        cargo test --package dgen --locked --target "$target" --test purity --test vectors --test generator -- --nocapture
    ran=$((ran + 1))
}

emulate aarch64-unknown-linux-gnu qemu-aarch64 aarch64-linux-gnu
emulate s390x-unknown-linux-gnu qemu-s390x s390x-linux-gnu
echo "emulated targets tested: $ran of 2"
