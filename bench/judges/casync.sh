#!/usr/bin/env bash
# A casync store with the chunk size given, compressed as casync does by default. Stored are its chunks.
. "$(dirname "$0")/common.sh"
need casync
casync --chunk-size="$1" --store="$PWD/store" make "$PWD/index.caidx" "$data" >&2
result "$(find store -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }')" "casync $(packages casync)"
