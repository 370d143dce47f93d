//! What the systems are.

/// A kind of system.
pub(super) struct Known {
    /// Its name, without size or level.
    pub(super) name: &'static str,
    /// What it is, for people.
    pub(super) description: &'static str,
    /// The size or level meant by the name alone; `None` where it has none.
    pub(super) default: Option<&'static str>,
    /// Whether that is a level.
    pub(super) levels: bool,
    /// Who sees duplicates where the system itself does not: completes a sentence.
    pub(super) note: Option<&'static str>,
    /// Why larger ratios cannot be had.
    pub(super) limit: &'static str,
}

const TOOLS: &str = "shows only to tools that deduplicate it";
const CODEC: &str = "shows only to what deduplicates before it compresses";
const LAYOUTS: &str = "the texture has no smaller pages that differ in every sector";

pub(super) const KNOWN: [Known; 13] = [
    Known {
        name: "btrfs",
        description: "btrfs mounted with compress-force=zstd:3",
        default: None,
        levels: false,
        note: Some(TOOLS),
        limit: "extents of 128 KiB are rounded up to 4 KiB",
    },
    Known {
        name: "btrfs-auto",
        description: "btrfs mounted with compress=zstd:3, which looks at samples first",
        default: None,
        levels: false,
        note: Some(TOOLS),
        limit: "the kernel takes samples, and stores raw what has no zeros in half of them",
    },
    Known {
        name: "zfs",
        description: "ZFS with compression=lz4, this recordsize, and sectors of 4 KiB (ashift 12)",
        default: Some("128KiB"),
        levels: false,
        note: Some("shows with dedup=on"),
        limit: "records are rounded up to sectors of 4 KiB",
    },
    Known {
        name: "vdo",
        description: "dm-vdo, with deduplication and compression on",
        default: None,
        levels: false,
        note: None,
        limit: "at most 14 fragments share a block",
    },
    Known {
        name: "bluestore",
        description: "Ceph BlueStore with snappy, blobs of this size, and allocation of 4 KiB",
        default: Some("64KiB"),
        levels: false,
        note: Some(TOOLS),
        limit: "blobs are rounded up to 4 KiB",
    },
    Known {
        name: "subblock",
        description: "arrays that store blocks of 4 KiB in sub-blocks of this size, after deduplication",
        default: Some("512"),
        levels: false,
        note: None,
        limit: "blocks of 4 KiB are rounded up to sub-blocks",
    },
    Known {
        name: "squashfs",
        description: "squashfs with gzip and blocks of 128 KiB",
        default: None,
        levels: false,
        note: Some("shows where whole files are equal"),
        limit: LAYOUTS,
    },
    Known {
        name: "zram",
        description: "zram with lz4, by the memory that it uses",
        default: None,
        levels: false,
        note: Some("does not show"),
        limit: LAYOUTS,
    },
    Known {
        name: "lz4",
        description: "LZ4 at blocks of 128 KiB, to the byte",
        default: None,
        levels: false,
        note: Some(CODEC),
        limit: LAYOUTS,
    },
    Known {
        name: "zstd",
        description: "zstd at this level and blocks of 128 KiB, to the byte",
        default: Some("3"),
        levels: true,
        note: Some(CODEC),
        limit: LAYOUTS,
    },
    Known {
        name: "zlib",
        description: "zlib level 6 at blocks of 128 KiB, to the byte",
        default: None,
        levels: false,
        note: Some(CODEC),
        limit: LAYOUTS,
    },
    Known {
        name: "snappy",
        description: "Snappy at blocks of 128 KiB, to the byte",
        default: None,
        levels: false,
        note: Some(CODEC),
        limit: LAYOUTS,
    },
    Known {
        name: "parquet",
        description: "Parquet with zstd: values of 100 bytes, each after its length, in data pages of 1 MiB",
        default: None,
        levels: false,
        note: Some(CODEC),
        limit: LAYOUTS,
    },
];
