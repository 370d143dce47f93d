#!/usr/bin/env bash
# erofs with the options of mkfs.erofs given, such as -zlz4. Stored is the image with its chunks.
. "$(dirname "$0")/common.sh"
need mkfs.erofs
for option in "$@"; do
    case $option in
    -z*)
        name=${option#-z}
        mkfs.erofs --help 2>&1 | tr ' ,' '\n\n' | grep -qx "${name%%,*}" || skip "this mkfs.erofs has no ${name%%,*}"
        ;;
    esac
done
mkfs.erofs --quiet "$@" image "$data" >&2
result $(($(stat -c %b*%B image))) "erofs-utils $(packages erofs-utils)"
