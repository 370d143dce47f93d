#!/usr/bin/env bash
# Builds the C interface and installs it: lib/libdgen.so, lib/libdgen.a, include/dgen.h, lib/pkgconfig/dgen.pc.
# Usage: install_capi.sh [PREFIX] [PROFILE]; /usr/local and release unless said.
set -eu -o pipefail
cd "$(dirname "$0")/.."
prefix=${1:-/usr/local} profile=${2:-release}
cargo build --locked --quiet --package dgen-capi --profile "$profile"
target=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
built=$target/$([ "$profile" = dev ] && echo debug || echo "$profile")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

install -d "$prefix/lib/pkgconfig" "$prefix/include"
install -m 755 "$built/libdgen.so" "$prefix/lib/libdgen.so.$version"
ln -sf "libdgen.so.$version" "$prefix/lib/libdgen.so.1"
ln -sf libdgen.so.1 "$prefix/lib/libdgen.so"
install -m 644 "$built/libdgen.a" "$prefix/lib/libdgen.a"
install -m 644 crates/dgen-capi/include/dgen.h "$prefix/include/dgen.h"
sed "s|@PREFIX@|$prefix|; s|@VERSION@|$version|" crates/dgen-capi/dgen.pc.in > "$prefix/lib/pkgconfig/dgen.pc"
echo "installed in $prefix: pkg-config --cflags --libs dgen"
