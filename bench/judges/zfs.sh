#!/usr/bin/env bash
# ZFS in user space (zfs-fuse) with dedup and the compression given. Stored is what the pool allocates more than when it was empty.
. "$(dirname "$0")/common.sh"
need zfs-fuse zpool zfs unshare
[ -e /dev/fuse ] || skip "there is no /dev/fuse"
own_mounts "$@"
compression=$1 pool=dgen-judge-$$
! pgrep -x zfs-fuse >/dev/null || skip "another zfs-fuse runs already"
sparse_image
zfs-fuse --no-daemon --pidfile "$PWD/pid" >daemon.log 2>&1 &
daemon=$!
# Without a cache file nothing outside this folder knows of the pool, and it ends with the daemon.
ended() {
    kill "$daemon" && wait "$daemon" || true
}
trap ended EXIT
for _ in $(seq 100); do
    ! zpool list >/dev/null 2>&1 || break
    kill -0 "$daemon" 2>/dev/null || skip "zfs-fuse does not start: $(tail -n 1 daemon.log)"
    sleep 0.1
done
zpool create -o cachefile=none -m "$PWD/mnt" "$pool" "$PWD/image" >&2
zfs set "compression=$compression" "$pool"
zfs set dedup=on "$pool"
zfs set atime=off "$pool"
# An export writes everything.
used() {
    zpool export "$pool" && zpool import -o cachefile=none -d "$PWD" "$pool"
    zpool list -H -o allocated "$pool" | numfmt --from=iec
}
empty=$(used)
cp -r "$data/." mnt/
result $(($(used) - empty)) "zfs-fuse $(packages zfs-fuse)"
