#!/usr/bin/env bash
# A restic repository with the compression given. Stored is what its packs hold, or with `chunks` behind the compression, which is
# off then, the chunks of files in its index, without what seals each.
. "$(dirname "$0")/common.sh"
need restic
restic init --help | grep -q repository-version || skip "this restic does not compress"
export RESTIC_PASSWORD=judge RESTIC_CACHE_DIR=$PWD/cache
restic -q -r repo init --repository-version 2 >&2
(cd "$data" && restic -q -r "$OLDPWD/repo" --compression "$1" backup . >&2)
if [ "${2:-}" = chunks ]; then
    stored=$(restic -q -r repo list index | while read -r index; do restic -q -r repo cat index "$index"; done | python3 -c '
import json, sys
decoder, text, chunks = json.JSONDecoder(), sys.stdin.read().strip(), {}
while text:
    index, end = decoder.raw_decode(text)
    text = text[end:].lstrip()
    chunks.update({blob["id"]: blob["length"] - 32 for pack in index["packs"] for blob in pack["blobs"] if blob["type"] == "data"})
print(sum(chunks.values()))')
else
    stored=$(restic -q -r repo stats --mode raw-data --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["total_size"])')
fi
result "$stored" "$(restic version | cut -d' ' -f1,2)"
