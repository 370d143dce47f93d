//! What `-h` shows of each command: the options that matter most, and examples.

use std::fmt::Write as _;

/// Of one command.
#[derive(Debug)]
pub(crate) struct Guide {
    /// The names that lead to it.
    path: &'static [&'static str],
    /// The options that `-h` shows; `--help` has all.
    pub(crate) matter: &'static [&'static str],
    /// Lines, and what they do.
    pub(crate) examples: &'static [(&'static str, &'static str)],
}

/// `--seed` where files may say it.
pub(crate) const SEED_OF_FILES: &str = "Seed; if absent, that of the files' own recipe where the command looks at files \
    (verify, --resume, --append, --read-percent), or else one drawn from the operating system and reported";
/// `--stream-version` where files may say it.
pub(crate) const STREAM_VERSION_OF_FILES: &str = "Version of the stream, from 0 to 2^32 - 1: other bytes in the same places, \
    so that overwritten data is told from stale data; if absent, that of the files' own attributes where the command looks \
    at files, or else 0";
/// `--engine` of `dgen verify`, which writes nothing.
pub(crate) const ENGINE_OF_VERIFY: &str = "How reads are issued: auto, io_uring or sync (one pread at a time per worker). auto \
    is io_uring for direct I/O, or with a depth above 1, where the system allows it, and sync elsewhere [default: auto]";

const GUIDES: [Guide; 18] = [
    Guide {
        path: &["write"],
        matter: &[
            "size",
            "seed",
            "dedup_ratio",
            "compress_ratio",
            "block_size",
            "files",
            "writers",
            "direct",
            "verify",
            "resume",
            "force",
        ],
        examples: &[
            (
                "dgen write data.bin -s 10GiB -d 2 -c 2",
                "a file of 10 GiB, of which half is duplicates and each page compresses 2 to 1",
            ),
            (
                "dgen write folder --files 200 --file-size 5MB --seed 7 --verify",
                "200 files of exactly 5 MB, read back and compared",
            ),
            ("dgen write data.bin --resume", "what an interrupted run has left undone"),
        ],
    },
    Guide {
        path: &["read"],
        matter: &["size", "readers", "buffer_size", "direct", "depth", "order", "runtime", "json", "html"],
        examples: &[
            ("dgen read data.bin", "all of a file, from the device and not from memory"),
            ("dgen read folder --order random --buffer-size 4KiB --depth 32", "small reads at random"),
        ],
    },
    Guide {
        path: &["verify"],
        matter: &["seed", "recipe", "size", "limit", "readers", "direct", "strict", "json", "html"],
        examples: &[
            ("dgen verify data.bin", "a file that says itself what it should hold"),
            ("dgen verify copy.bin --recipe dgen1,seed=0x7,dedup=2 -s 10GiB", "one that lost its attributes"),
            (
                "dgen verify folder --json | jq .ok",
                "all files of a folder, for a script; the exit code is 3 where data differs",
            ),
        ],
    },
    Guide {
        path: &["stream"],
        matter: &["size", "seed", "dedup_ratio", "compress_ratio", "block_size", "recipe", "offset", "threads"],
        examples: &[
            ("dgen stream -s 1GiB --seed 7 > data.bin", "a gibibyte to a file"),
            ("dgen stream -s 1GiB -c 3 | zstd -c > data.zst", "through a compressor"),
        ],
    },
    Guide {
        path: &["dataset", "write"],
        matter: &[
            "size",
            "count",
            "file_size",
            "format",
            "checkpoint",
            "seed",
            "dedup_ratio",
            "compress_ratio",
            "generation",
            "resume",
        ],
        examples: &[
            (
                "dgen dataset write images --count 10000 --file-size 16KiB:1MiB --seed 1 -d 2",
                "10,000 files of drawn sizes",
            ),
            (
                "dgen dataset write images --generation 1 --edit 0.02",
                "the same a day later: a fiftieth of the files has new bytes",
            ),
        ],
    },
    Guide {
        path: &["dataset", "verify"],
        matter: &["limit", "cached", "threads", "json"],
        examples: &[("dgen dataset verify images", "every file, and that no other is there")],
    },
    Guide {
        path: &["dataset", "read"],
        matter: &["epochs", "shuffle_seed", "record_size", "batch_size", "verify", "cached", "threads", "json"],
        examples: &[(
            "dgen dataset read images --epochs 3 --batch-size 32",
            "as a data loader does, in a new order each time",
        )],
    },
    Guide {
        path: &["send"],
        matter: &["size", "seed", "dedup_ratio", "compress_ratio", "streams", "rate", "runtime", "json"],
        examples: &[(
            "dgen send there:5300 -s 100GiB -d 2 -c 2 --streams 4",
            "over four connections to `dgen recv 0.0.0.0:5300`",
        )],
    },
    Guide {
        path: &["recv"],
        matter: &["sessions", "no_verify", "limit", "timeout", "raw", "size", "recipe", "json"],
        examples: &[
            ("dgen recv 0.0.0.0:5300", "one sender, whose data is compared as it comes"),
            ("dgen recv - --raw --recipe dgen1,seed=0x7 -s 1GiB", "what nc writes to its standard output"),
        ],
    },
    Guide {
        path: &["measure"],
        matter: &["dedup_block", "compress_block", "codec", "chunker", "model", "sample", "no_dedup", "json"],
        examples: &[
            ("dgen measure /srv/data", "what a folder would reduce to"),
            ("dgen measure /dev/sdb --sample 1% --model zfs", "a large device by a sample, as ZFS would store it"),
        ],
    },
    Guide {
        path: &["bench", "fill"],
        matter: &["buffer_size", "dedup_ratio", "compress_ratio", "recipe", "rounds", "scaling", "threads", "json"],
        examples: &[
            ("dgen bench fill", "how fast memory is filled, beside plain stores"),
            ("dgen bench fill --scaling", "from one thread to all of them"),
        ],
    },
    Guide {
        path: &["bench", "numa"],
        matter: &["nodes", "size", "buffer_size", "threads", "json"],
        examples: &[("dgen bench numa -s 8GiB", "one process for each memory node")],
    },
    Guide {
        path: &["bench", "storage"],
        matter: &["mode", "size", "runtime", "buffer_size", "depth", "writers", "direct", "rounds", "json", "html"],
        examples: &[
            ("dgen bench storage /mnt/disk/file -s 4GiB --html=report.html", "every combination, and a page to read"),
            (
                "dgen bench storage /mnt/disk/file -s 4GiB --mode both --depth 1,8,32",
                "writes and reads at three depths",
            ),
        ],
    },
    Guide {
        path: &["report", "compare"],
        matter: &["json", "html"],
        examples: &[
            ("dgen report compare before.json after.json", "two runs with --json=FILE, figure by figure"),
            (
                "dgen report compare before.json after.json --html=both.html",
                "the same as a page, with a pair of bars for each",
            ),
        ],
    },
    Guide {
        path: &["info"],
        matter: &["systems", "recipe", "json"],
        examples: &[
            ("dgen info", "this machine: processor, kernels, memory nodes, file system"),
            ("dgen info --for", "the systems that --for of other commands knows"),
        ],
    },
    Guide {
        path: &["completions"],
        matter: &[],
        examples: &[(
            "dgen completions bash > /etc/bash_completion.d/dgen",
            "for bash; zsh, fish, elvish and powershell, too",
        )],
    },
    Guide {
        path: &["man"],
        matter: &[],
        examples: &[
            ("dgen man | man -l -", "the page of the command"),
            ("dgen man /usr/local/share/man/man1", "a page for each command, in a folder"),
        ],
    },
    Guide {
        path: &[],
        matter: &[],
        examples: &[
            ("dgen write data.bin -s 10GiB -d 2 -c 2", "write"),
            ("dgen verify data.bin", "compare with what should be there"),
            ("dgen measure data.bin", "measure the ratios, of any data"),
        ],
    },
];

/// That of a command.
pub(crate) fn guide(path: &[String]) -> Option<&'static Guide> {
    GUIDES.iter().find(|guide| guide.path == path)
}

impl Guide {
    /// The examples, each below what it does.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("Examples:");
        for (line, what) in self.examples {
            write!(text, "\n  {line}\n      {what}").expect("text grows");
        }
        text
    }
}
