#!/usr/bin/env bash
# Prints a command that runs a Python for arm64 under user-mode emulation; unpacks Debian's packages of it into target/ first.
# Changes nothing of the system's own package lists. Fails where there is no emulator or no such packages.
set -eu -o pipefail
cd "$(dirname "$0")/.."
command -v qemu-aarch64 >/dev/null && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 1

root=$PWD/target/arm64-root
if [ ! -e "$root/done" ]; then
    rm -rf "$root"
    mkdir -p "$root/lists/partial" "$root/packages"
    : >"$root/status"
    apt=(-qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State::lists="$root/lists"
        -o Dir::State::status="$root/status" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
    apt-get "${apt[@]}" update >&2 || exit 1
    version=$(apt-cache "${apt[@]}" depends python3-minimal | sed -n 's/.*Depends: \(python3\.[0-9]*\)-minimal.*/\1/p' | head -n 1)
    [ -n "$version" ] || exit 1
    (cd "$root/packages" && apt-get "${apt[@]}" download "$version-minimal" "lib$version-minimal" "lib$version-stdlib" libc6 \
        libgcc-s1 libexpat1 zlib1g libssl3 libcrypt1 libffi8 libbz2-1.0 liblzma5 >&2) || exit 1
    for package in "$root"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
    touch "$root/done"
fi
python=$(ls "$root"/usr/bin/python3.* | head -n 1)
echo "qemu-aarch64 -L $root $python"
