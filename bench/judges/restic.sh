#!/usr/bin/env bash
# A restic repository with the compression given. Stored is what its packs of data hold.
. "$(dirname "$0")/common.sh"
need restic
restic init --help | grep -q repository-version || skip "this restic does not compress"
export RESTIC_PASSWORD=judge RESTIC_CACHE_DIR=$PWD/cache
restic -q -r repo init --repository-version 2 >&2
(cd "$data" && restic -q -r "$OLDPWD/repo" --compression "$1" backup . >&2)
stored=$(restic -q -r repo stats --mode raw-data --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["total_size"])')
result "$stored" "$(restic version | cut -d' ' -f1,2)"
