//! The names that options take, for completions and for names that are nearly right.

use clap::{Arg, ValueHint};

/// By the options' own names.
const NAMES: &[(&str, &[&str])] = &[
    ("advise", &["auto", "none", "sequential", "random", "willneed", "dontneed"]),
    ("checksum", &["sha256", "crc64nvme"]),
    ("codec", &["lz4", "zstd", "zlib", "snappy", "lzma"]),
    ("direct", &["auto", "on", "off"]),
    ("dtype", &["bf16", "fp16", "fp32", "fp8", "int8"]),
    ("early", &["exact", "apart"]),
    ("engine", &["auto", "io_uring", "sync", "null", "memory"]),
    ("format", &["raw", "npy", "npz", "parquet", "tfrecord", "safetensors"]),
    ("like", &["weights", "grad", "adam", "kv", "uniform"]),
    ("mode", &["write", "read", "both"]),
    ("numa_mode", &["auto", "force", "uma", "disabled"]),
    ("order", &["sequential", "random"]),
    ("progress", &["auto", "json", "none"]),
    ("sync", &["end", "none"]),
    (
        "system",
        &[
            "btrfs",
            "btrfs-auto",
            "zfs:128KiB",
            "vdo",
            "bluestore:64KiB",
            "subblock:512",
            "lz4",
            "zstd:3",
            "zlib",
            "parquet",
        ],
    ),
    ("texture", &["repeat", "zeros", "lz", "text", "tensor"]),
    ("tune", &["any", "lz4", "zstd", "zlib", "snappy"]),
];

/// Those of an option, where it takes one of a few.
pub(crate) fn of(id: &str) -> Option<&'static [&'static str]> {
    NAMES.iter().find(|(name, _)| *name == id).map(|(_, names)| *names)
}

/// Whether an argument is a file or folder.
pub(crate) fn is_path(arg: &Arg) -> bool {
    let by_hint = !matches!(arg.get_value_hint(), ValueHint::Unknown | ValueHint::Other);
    by_hint
        || matches!(
            arg.get_id().as_str(),
            "paths" | "path" | "output" | "json" | "csv" | "html" | "state" | "folder" | "file"
        )
}
