#!/usr/bin/env bash
# squashfs with the compressor given and blocks of 128 KiB. Stored is the image.
. "$(dirname "$0")/common.sh"
need mksquashfs
why=$(mksquashfs "$data" image -comp "$1" -b 128K -noappend -no-progress -no-xattrs -quiet 2>&1 >/dev/null) ||
    skip "mksquashfs: $(grep -m 1 -i 'error\|not supported\|invalid' <<<"$why" || tail -n 1 <<<"$why")"
result "$(stat -c %s image)" "squashfs-tools $(packages squashfs-tools)"
