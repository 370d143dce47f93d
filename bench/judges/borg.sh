#!/usr/bin/env bash
# A borg repository with the chunker parameters and the compression given. Stored is what its archive's statistics say.
. "$(dirname "$0")/common.sh"
need borg
export BORG_BASE_DIR=$PWD/base BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
mkdir base
borg init -e none repo 2>/dev/null
stored=$(cd "$data" && borg create --chunker-params "$1" --compression "$2" --json "$OLDPWD/repo::run" . |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["archive"]["stats"]["deduplicated_size"])')
result "$stored" "$(borg --version)"
