#!/usr/bin/env bash
# A 7z archive, solid, at the level given. Stored is the archive.
. "$(dirname "$0")/common.sh"
need 7z
(cd "$data" && 7z a -bso0 -bsp0 -ms=on "-mx=$1" "$OLDPWD/archive.7z" . >&2)
result "$(stat -c %s archive.7z)" "p7zip $(packages p7zip-full)"
