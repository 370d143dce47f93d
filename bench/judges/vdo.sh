#!/usr/bin/env bash
# dm-vdo is not judged yet: it needs a kernel with the target, and a guest where this kernel has none. The judge says what is missing.
. "$(dirname "$0")/common.sh"
need_root
need dmsetup
dmsetup targets >/dev/null 2>&1 || skip "the kernel has no device mapper"
dmsetup targets | grep -q '^vdo ' || skip "the kernel has no vdo target (Linux 6.9 has it)"
skip "the judge does not set up a vdo volume yet"
