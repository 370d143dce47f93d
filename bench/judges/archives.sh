#!/usr/bin/env bash
# archives.sh FOLDER BYTES: two archives of the system's headers and Python source, BYTES together; the second is that of
# a later day, on which one file in 1000 is gone.
set -eu -o pipefail
list=$(mktemp)
trap 'rm -f "$list"' EXIT
find /usr/include /usr/lib -type f \( -name '*.h' -o -name '*.py' \) -size -256k -printf '%s %p\n' | sort -k 2 |
    awk -v room=$(($2 / 2)) '{ $1 += 1024; room -= $1; sub(/^[0-9]+ /, ""); if (room >= 0) print }' >"$list"
pack() { # name
    tar --create --file "$1" --no-recursion --absolute-names --owner=0 --group=0 --mtime=@0 --files-from -
}
pack "$1/monday.tar" <"$list"
sed '0~1000d' "$list" | pack "$1/tuesday.tar"
