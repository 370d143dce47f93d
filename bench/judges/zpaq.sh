#!/usr/bin/env bash
# A zpaq archive with the method given. Stored is the archive.
. "$(dirname "$0")/common.sh"
need zpaq
(cd "$data" && zpaq add "$OLDPWD/archive.zpaq" . "-m$1" -threads "$(nproc)" >&2)
result "$(stat -c %s archive.zpaq)" "zpaq $(packages zpaq)"
