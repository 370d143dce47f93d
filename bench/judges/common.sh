# What the judges share. Each is called as `NAME.sh DATA [SETTING...]` with an empty folder of its own as working
# directory, and prints one line of JSON: the bytes of DATA, the bytes stored for it, and the version of what stored it;
# or the reason why it cannot judge here.
set -eu -o pipefail
export LC_ALL=C
data=$1
shift

skip() { # reason
    python3 -c 'import json, sys; print(json.dumps({"skipped": sys.argv[1]}))' "$1"
    exit 0
}

need() { # commands
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || skip "$command is not installed"
    done
}

need_root() {
    [ "$(id -u)" -eq 0 ] || skip "it needs root"
}

# Starts the judge anew with mounts that nobody else sees: they are gone with its last process, whatever ends it.
own_mounts() {
    need_root
    [ -n "${JUDGE_OWN_MOUNTS:-}" ] || JUDGE_OWN_MOUNTS=1 exec unshare --mount -- bash "$0" "$data" "$@"
}

original() {
    find "$data" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# All files one after the other, in order of name.
stream() {
    find "$data" -type f -print0 | sort -z | xargs -0 cat
}

result() { # stored bytes, version
    python3 -c 'import json, sys
print(json.dumps({"original_bytes": int(sys.argv[1]), "stored_bytes": int(sys.argv[2]), "version": sys.argv[3]}))' \
        "$(original)" "$1" "$2"
}

# A sparse image with room for the data and more, in `image`.
sparse_image() {
    truncate -s $(($(original) * 2 + (512 << 20))) image
    mkdir -p mnt
}

# Mounts the image at `mnt`, until the judge ends.
mounted() { # type, options
    local why
    why=$(mount -t "$1" -o "loop,$2" image mnt 2>&1) || skip "$1 cannot be mounted: ${why##*: }"
    trap 'umount mnt' EXIT
}

linux() { echo "Linux $(uname -r | grep -o '^[0-9.]*[0-9]')"; }
folder_bytes() { du --summarize --bytes --apparent-size "$1" | cut -f1; }
packages() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[-+].*//' || true; }
