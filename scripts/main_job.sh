#!/usr/bin/env bash
# The main job on real input: writes a file with asked ratios, measures it with real compressors and a real deduplicator,
# verifies it from its recipe, and prints the generator's rate beside the memory-store limit.
# Usage: main_job.sh DGEN SIZE
set -eu -o pipefail
dgen=$1 size=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/dgen-run.XXXXXX")
trap 'rm -rf "$work"' EXIT
file=$work/data.bin
step() { printf '\n== %s\n' "$*"; }

step "write $size with dedup 2 and compress 2"
"$dgen" write "$file" --size "$size" --dedup-ratio 2 --compress-ratio 2

step "measure it: what a store with dedup and compression would see"
"$dgen" measure "$file" --sample 4

bytes=$(stat -c %s "$file")
step "the compressors' own commands, on the whole file (duplicates lie outside their windows)"
for tool in "lz4 -q -1 -c" "zstd -q -3 -c"; do
    if command -v "${tool%% *}" >/dev/null; then
        compressed=$($tool "$file" | wc -c)
        awk -v t="${tool%% *}" -v a="$bytes" -v b="$compressed" 'BEGIN { printf "%-6s %.3f : 1\n", t, a / b }'
    else
        echo "skipped: ${tool%% *} is not installed"
    fi
done

step "a backup tool's deduplicator (borg, fixed chunks of 1 MiB)"
if command -v borg >/dev/null; then
    export BORG_BASE_DIR=$work/borg BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
    borg init -e none "$work/repo" 2>/dev/null
    (cd "$work" && borg create --chunker-params fixed,1048576 --compression none --json "$work/repo::run" data.bin) |
        python3 -c 'import json, sys
stats = json.load(sys.stdin)["archive"]["stats"]
print("dedup  %.3f : 1" % (stats["original_size"] / stats["deduplicated_size"]))'
else
    echo "skipped: borg is not installed"
fi

step "verify it, from the recipe that the file carries"
"$dgen" verify "$file"

step "the generator beside the memory-store limit"
"$dgen" bench fill
