#!/usr/bin/env bash
# zram with the algorithm given: all files as one stream of pages. Stored is the memory that the device uses.
. "$(dirname "$0")/common.sh"
need_root
algorithm=$1 control=/sys/class/zram-control
[ -e "$control/hot_add" ] || skip "the kernel has no zram"
number=$(cat "$control/hot_add")
device=/sys/block/zram$number
ended() {
    echo 1 >"$device/reset"
    echo "$number" >"$control/hot_remove"
}
trap ended EXIT
{ echo "$algorithm" >"$device/comp_algorithm"; } 2>/dev/null || skip "this kernel's zram has no $algorithm"
echo $(($(original) + (1 << 20))) >"$device/disksize"
node=/dev/zram$number
[ -b "$node" ] || { node=$PWD/node && mknod "$node" b $(tr : ' ' <"$device/dev"); }
stream | dd of="$node" bs=1M iflag=fullblock oflag=direct conv=sync,fsync status=none
result "$(awk '{ print $3 }' "$device/mm_stat")" "$(linux)"
