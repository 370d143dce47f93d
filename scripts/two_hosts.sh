#!/usr/bin/env bash
# Runs dgen on two "hosts" of this machine: network namespaces with a cable between them and a name each, which is all that
# MPI sees of a host. Four ranks write one file and verify it; one process verifies all of it and counts its blocks. Then a
# rank of the second host has a full disk, and another is killed: both end the job.
# usage: two_hosts.sh MPIEXEC PYTHON    (as root; PYTHON has dgen_py, and an mpi4py that loads the library of MPIEXEC;
#                                        ends with 77 where namespaces cannot be had)
set -eu -o pipefail
[ $# -eq 2 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
mpiexec=$1 python=$2
readonly SIZE=$((16 * 1024 * 1024 + 12345)) BLOCK=65536
readonly RECIPE=dgen1,seed=0x7,block=64KiB,dedup=2,window=4MiB,skip=1MiB,compress=2
readonly BLOCKS=$(((SIZE + BLOCK - 1) / BLOCK))

work=$(mktemp -d)
one=dgen-$$-a two=dgen-$$-b
cleanup() {
    for namespace in "$one" "$two"; do
        ip netns pids "$namespace" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
        ip netns delete "$namespace" 2>/dev/null || true
    done
    umount "$work/3" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "$1" >&2
    exit 1
}

connect() { # namespace number
    ip -n "$1" address add "10.99.0.$2/24" dev cable && ip -n "$1" link set lo up && ip -n "$1" link set cable up
}
ip netns add "$one" && ip netns add "$two" && ip link add cable netns "$one" type veth peer name cable netns "$two" &&
    connect "$one" 1 && connect "$two" 2 && unshare --uts true && mkdir "$work/3" && mount -t tmpfs -o size=1m none "$work/3" || {
    echo "namespaces, a cable between them or a small file system cannot be had here" >&2
    exit 77
}

# Takes the place of ssh: HOST COMMAND..., after options that only ssh knows.
cat >"$work/agent" <<END
#!/bin/sh
while [ "\${1#-}" != "\$1" ]; do shift; done
host=\$1
shift
case \$host in
10.99.0.1) namespace=$one name=host-a ;;
10.99.0.2) namespace=$two name=host-b ;;
*) echo "no such host: \$host" >&2; exit 1 ;;
esac
exec ip netns exec \$namespace unshare --uts sh -c "hostname \$name; \$*"
END
chmod +x "$work/agent"

case $("$mpiexec" --version 2>&1) in
*HYDRA*) options="-launcher ssh -launcher-exec $work/agent -iface cable -hosts 10.99.0.1:2,10.99.0.2:2" ;;
*"Open MPI"* | *OpenRTE*)
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    # Releases before 5 know the first, later ones the second.
    export OMPI_MCA_plm_rsh_agent=$work/agent PRTE_MCA_plm_ssh_agent=$work/agent
    options="--oversubscribe --bind-to none --mca btl_tcp_if_include cable --host 10.99.0.1:2,10.99.0.2:2"
    ;;
*) echo "$mpiexec: neither MPICH nor Open MPI" >&2; exit 1 ;;
esac

cd "$work"
# mpiexec runs on the first host.
on_both() {
    "$work/agent" 10.99.0.1 "cd $work && $mpiexec $options -n 4 $python -m dgen_py.mpi $*"
}

on_both "write shared --size $SIZE --recipe $RECIPE --then verify shared --json=report.json"
"$python" - <<END
import json
report = json.load(open("report.json"))
hosts = {host["host"]: host["ranks"] for host in report["hosts"]}
assert hosts == {"host-a": 2, "host-b": 2}, hosts
assert [phase["bytes"] for phase in report["phases"]] == [$SIZE] * 2
END
"$python" -m dgen_py verify shared
"$python" -m dgen_py measure shared --dedup-block $BLOCK --no-compress --json=blocks.json
"$python" - <<END
import json
found = json.load(open("blocks.json"))["dedup"]["$BLOCK"]
assert (found["total"], found["distinct"]) == ($BLOCKS, -(-$BLOCKS // 2)), found
print("two hosts: one stream, {distinct} distinct blocks of {total}".format(**found))
END

mkdir 0 1 2
code=0
on_both "write '{rank}/full' --size 64MiB --seed 1" 2>errors || code=$?
[ $code = 1 ] && grep -q "error: rank 3 on host-b: .*No space left" errors ||
    fail "full disk: code $code: $(cat errors)"
umount 3

# Slow enough to be met while it writes.
on_both "write '{rank}/slow' --size 4GiB --seed 1 --rate 1MiB --no-preallocate" >/dev/null 2>errors &
job=$!
until [ -s 3/slow ]; do
    kill -0 $job 2>/dev/null || fail "the ranks did not write: $(cat errors)"
    sleep 0.1
done
for rank in $(ip netns pids "$two"); do
    # The rank itself, not the process that waits for it.
    if grep -qz dgen_py.mpi "/proc/$rank/cmdline" && grep -qz libmpi "/proc/$rank/maps"; then
        victim=$rank
    fi
done
kill -KILL "$victim"
code=0
wait $job || code=$?
[ $code != 0 ] && grep -q "error: rank [23] on host-b was killed by SIGKILL" errors ||
    fail "killed rank: code $code: $(cat errors)"
echo "two hosts: a full disk and a killed rank of one end both"
