#!/usr/bin/env bash
# Installs the system packages that the named make targets need. Safe to run again; quick when nothing is missing.
# A package that cannot be installed is reported here, and what needs it is skipped visibly later.
set -u

need=()
want() { # command package
    command -v "$1" >/dev/null 2>&1 || need+=("$2")
}

want_venv() {
    python3 -c 'import venv, ensurepip' 2>/dev/null || need+=(python3-venv)
}

want cc gcc
want make make
want python3 python3
want setfattr attr
for goal in "$@"; do
    case $goal in
    run) want borg borgbackup; want zstd zstd; want lz4 lz4 ;;
    test | faults)
        want mkfs.ext4 e2fsprogs
        want jq jq; want zstd zstd; want rsync rsync; want zip zip; want unzip unzip
        want prlimit util-linux
        want lstopo hwloc
        want mpiexec.mpich mpich
        want mpiexec.openmpi openmpi-bin
        want ip iproute2
        want_venv
        ;;
    check | wheels) want_venv ;;
    bench) want_venv; want fio fio ;;
    judge)
        want mkfs.btrfs btrfs-progs; want compsize btrfs-compsize
        want mkfs.xfs xfsprogs; want duperemove duperemove
        want mksquashfs squashfs-tools; want mkfs.erofs erofs-utils
        want zfs-fuse zfs-fuse; want dmsetup dmsetup; want unshare util-linux; want numfmt coreutils
        want borg borgbackup; want restic restic; want casync casync
        want zpaq zpaq; want 7z p7zip-full; want pigz pigz; want zstd zstd; want lz4 lz4
        ;;
    fuzz) want c++ g++ ;;
    test-memory) want valgrind valgrind ;;
    test-random) want dieharder dieharder ;;
    test-numa)
        want strip binutils
        want qemu-system-x86_64 qemu-system-x86
        want cpio cpio
        want gzip gzip
        # The dynamic one would need its libraries in the guest.
        [ -e /usr/share/doc/busybox-static ] || need+=(busybox-static)
        ;;
    test-emulated)
        want qemu-aarch64 qemu-user
        want aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
        want s390x-linux-gnu-gcc gcc-s390x-linux-gnu
        ;;
    esac
done

if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: cargo is missing: install Rust 1.95 or newer" >&2
    exit 1
fi
[ ${#need[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "setup: installing ${need[*]}"
    apt-get update -qq || true
    for package in "${need[@]}"; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null ||
            echo "setup: $package could not be installed; what needs it will be skipped" >&2
    done
else
    echo "setup: not root, or no apt-get; please install: ${need[*]}" >&2
fi
