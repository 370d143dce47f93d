#!/usr/bin/env bash
# Runs crates/dgen-cli/tests/numa_guest in an emulated machine with several memory nodes: two with two processors and
# 512 MiB each, and once more with a third that has memory alone. Prints how many checks ran. Where a package that this
# needs cannot be had, it is skipped visibly.
set -eu -o pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$target/numa-guest
limit_s=300
mkdir -p "$work" target

skip() { # reason
    echo "SKIPPED the tests on several memory nodes: $1"
    echo "optional: the tests on several memory nodes: $1" >>target/skips.txt
    exit 0
}

for command in qemu-system-x86_64 cpio gzip dpkg-deb; do
    command -v "$command" >/dev/null || skip "$command is not installed"
done
busybox=$(command -v busybox || true)
[ -n "$busybox" ] && ! ldd "$busybox" >/dev/null 2>&1 || skip "no static busybox is installed"
[ "$(uname -m)" = x86_64 ] || skip "the programs under test are not of the guest's architecture"

# The kernel is downloaded and unpacked, never installed.
fetch_kernel() {
    local package
    package=$(apt-cache search --names-only '^linux-image-(unsigned-)?[0-9].*-(cloud-amd64|generic)$' | cut -d' ' -f1 | sort -V | tail -n 1)
    [ -n "$package" ] || return 1
    rm -rf "$work/kernel" "$work"/*.deb
    (cd "$work" && apt-get download -qq "$package" 2>/dev/null) && dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"
}
if ! ls "$work"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
    command -v apt-get >/dev/null || skip "there is no apt-get to download a kernel image package with"
    # Lists that are old name packages that are gone.
    fetch_kernel || { apt-get update -qq >/dev/null 2>&1 && fetch_kernel; } || skip "no kernel image package can be downloaded"
fi
kernel=$(ls "$work"/kernel/boot/vmlinuz-* | tail -n 1)

# The very programs that the other tests use, with their shared libraries, at the same paths.
cargo build --locked --package dgen-cli
tests=$(cargo test --locked --package dgen-cli --test numa_guest --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*numa_guest-[^"]*\)".*/\1/p' | tail -n 1)
root=$work/root
rm -rf "$root"
mkdir -p "$root"/{bin,proc,sys,dev,tmp,built/tmp,built/debug}
cp "$busybox" "$root/bin/busybox"
cp scripts/numa_guest/init "$root/init"
strip -o "$root/built/debug/dgen" "$target/debug/dgen"
strip -o "$root/numa_guest" "$tests"
for library in $(ldd "$target/debug/dgen" "$tests" | grep -o '/[^ :]*\.so[^ :)]*' | sort -u); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd.gz"
sum=$("$target/debug/dgen" stream --seed 7 --dedup-ratio 2 --compress-ratio 1.5 --size 16MiB 2>/dev/null | sha256sum | cut -d' ' -f1)

emulate() { # tests, log, further options of the machine
    local tests=$1 log=$2
    shift 2
    timeout "$limit_s" qemu-system-x86_64 -M q35 -accel tcg,thread=single \
        -cpu qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,-cx16 -smp 4,sockets=2,cores=2 \
        -object memory-backend-ram,id=m0,size=512M -object memory-backend-ram,id=m1,size=512M \
        -numa node,nodeid=0,cpus=0-1,memdev=m0 -numa node,nodeid=1,cpus=2-3,memdev=m1 -numa dist,src=0,dst=1,val=21 "$@" \
        -kernel "$kernel" -initrd "$work/initrd.gz" -nographic -no-reboot -nic none \
        -append "console=ttyS0 quiet panic=-1 DGEN_GUEST_TESTS=$tests DGEN_HOST_SUM=$sum DGEN_GUEST_TARGET=$target" \
        </dev/null 2>&1 | tr -d '\r' >"$log" || echo "the emulator failed, or took more than $limit_s s" >>"$log"
}

boot() { # name, tests, further options of the machine
    local name=$1 tests=$2 log=$work/$1.log
    shift 2
    echo "== $name"
    # Emulated machines now and then hang before they have begun; tests that have begun get no second chance.
    emulate "$tests" "$log" "$@"
    grep -q '^running' "$log" || emulate "$tests" "$log" "$@"
    sed -n '/^running/,$p' "$log"
    grep -q '^GUEST ENDED WITH 0$' "$log" || { tail -n 30 "$log"; echo "the tests of $name failed" >&2; exit 1; }
    ran=$((ran + $(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$log")))
}

ran=0
boot two_nodes two_nodes:: -m 1024M
boot memory_node memory_node:: -m 1280M -object memory-backend-ram,id=m2,size=256M -numa node,nodeid=2,memdev=m2 \
    -numa dist,src=0,dst=2,val=17 -numa dist,src=1,dst=2,val=28
[ "$ran" -gt 0 ]
echo "checks on emulated memory nodes: $ran passed"
