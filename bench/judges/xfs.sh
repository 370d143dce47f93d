#!/usr/bin/env bash
# XFS with reflinks, after duperemove with blocks of the size given. Stored is what the file system uses more than when it was empty.
. "$(dirname "$0")/common.sh"
need mkfs.xfs duperemove mount unshare
own_mounts "$@"
block=$1
sparse_image
mkfs.xfs -q -m reflink=1 image >&2
mounted xfs defaults
used() {
    sync -f mnt
    df --block-size=1 --output=used mnt | tail -n 1
}
empty=$(used)
cp -r "$data/." mnt/
sync -f mnt
duperemove -q -d -r -b "$block" mnt >&2
result $(($(used) - empty)) "$(linux), duperemove $(packages duperemove)"
