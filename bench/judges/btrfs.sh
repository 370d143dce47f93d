#!/usr/bin/env bash
# btrfs, mounted with the options given; with `duperemove`, whole files with equal content are made to share extents.
# Stored is what compsize says is on disk.
. "$(dirname "$0")/common.sh"
need mkfs.btrfs compsize mount unshare
own_mounts "$@"
options=$1 then=${2:-}
[ -z "$then" ] || need "$then"
sparse_image
mkfs.btrfs -q image >&2
mounted btrfs "$options"
cp -r "$data/." mnt/
sync -f mnt
if [ "$then" = duperemove ]; then
    duperemove -q -d -r -b 128K mnt >&2
    sync -f mnt
fi
result "$(compsize -b mnt | awk '$1 == "TOTAL" { print $3 }')" "$(linux)"
