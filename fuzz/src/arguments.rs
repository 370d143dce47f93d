//! Any arguments of the command: understood, or a message.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::Target;

pub(crate) const ARGUMENTS: Target = Target {
    name: "arguments",
    run: arguments,
    // One to a line.
    samples: &[
        "write\nf\n--size\n1M\n--seed\n3\n--dedup-ratio\n3/2\n--json",
        "write\nfolder\n--files\n3\n--size\n1M\n--order\nrandom:7\n--sync\n64K\n--direct\noff",
        "read\nf\n--advise\ndontneed\n--readers\n2\n--csv=out.csv",
        "verify\nf\n--recipe\ndgen1,seed=1\n--size\n4096\n--limit\n3\n--stale-seed\n5",
        "stream\n--size\n1PiB\n--offset\n5\n--threads\n2",
        "measure\nf\n--block\n4K\n--codec\nlz4",
        "bench\nstorage\nf\n--json",
        "info\n--json",
    ],
    words: &[
        "write",
        "read",
        "verify",
        "stream",
        "measure",
        "bench",
        "fill",
        "numa",
        "storage",
        "info",
        "completions",
        "help",
        "bash",
        "--",
        "-",
        "--json",
        "--json=",
        "--csv=",
        "--html=",
        "--size",
        "--help",
        "-V",
        "--force",
        "--resume",
        "--append",
        "--runtime",
        "--rate",
        "--depth",
        "--vectored",
        "--passes",
        "--numa-node",
        "-1",
        "0",
        "18446744073709551616",
        "1e3",
        "\n",
        "=",
        "\u{ff}",
        "99999999999999999999h",
    ],
    tries: 1000,
};

fn arguments(data: &[u8]) {
    let line = data.split(|byte| *byte == b'\n').map(OsStr::from_bytes);
    if let Err(code) = dgen_cli::understood([OsStr::new("dgen")].into_iter().chain(line)) {
        assert!(code == 0 || code == 2, "exit code {code}");
    }
}
