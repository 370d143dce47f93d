//! The rules of each system, and where they are documented.

use crate::codec::Codec;

use super::zsmalloc;

const KIB: u64 = 1 << 10;

/// What the systems are called, in their order.
pub(super) const NAMES: [&str; 9] =
    ["zfs", "zfs-dedup", "btrfs", "btrfs-auto", "bluestore", "vdo", "subblock", "squashfs", "zram"];

/// A storage system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Zfs,
    ZfsDedup,
    Btrfs,
    BtrfsAuto,
    BlueStore,
    Vdo,
    Subblock,
    Squashfs,
    Zram,
}

/// Bytes that BlueStore puts before what it compressed: its own header, and that of most of its compressors.
const BLUESTORE_HEADER: u64 = 16;

/// What btrfs keeps of a small file in its metadata, unless mounted otherwise (`max_inline`).
const BTRFS_INLINE: u64 = 2 * KIB;

/// What ZFS keeps in a block pointer instead of allocating space, with `embedded_data`.
const ZFS_EMBEDDED: u64 = 112;

/// The sector that ZFS (ashift 12), btrfs and BlueStore allocate.
const SECTOR: u64 = 4 * KIB;

impl System {
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Zfs,
            Self::ZfsDedup,
            Self::Btrfs,
            Self::BtrfsAuto,
            Self::BlueStore,
            Self::Vdo,
            Self::Subblock,
            Self::Squashfs,
            Self::Zram,
        ];
        all.into_iter().zip(NAMES).find(|(_, known)| *known == name).map(|(system, _)| system)
    }

    /// Where its rules are documented.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::Zfs => "zfsprops(7): compression, recordsize; OpenZFS module/zfs/zio_compress.c",
            Self::ZfsDedup => "zfsprops(7): dedup, compression, recordsize; OpenZFS module/zfs/zio_compress.c",
            Self::Btrfs => "btrfs(5): COMPRESSION (compress-force); Linux fs/btrfs/inode.c, compress_file_range",
            Self::BtrfsAuto => "btrfs(5): COMPRESSION (compress); Linux fs/btrfs/compression.c, fs/btrfs/inode.c",
            Self::BlueStore => {
                "Ceph BlueStore configuration reference: inline compression; src/os/bluestore/BlueStore.cc"
            }
            Self::Vdo => "Linux Documentation/admin-guide/device-mapper/vdo-design.rst; drivers/md/dm-vdo/packer.c",
            Self::Subblock => {
                "VMware vSAN: space efficiency, compression of 4 KiB blocks into sectors of 512 B or into 2 KiB"
            }
            Self::Squashfs => "Linux Documentation/filesystems/squashfs.rst; mksquashfs(1): -b, -comp",
            Self::Zram => "Linux Documentation/admin-guide/blockdev/zram.rst; mm/zsmalloc.c",
        }
    }

    pub(super) fn dedups(self) -> bool {
        matches!(self, Self::ZfsDedup | Self::Vdo | Self::Subblock)
    }

    /// Record, and what is rounded to.
    pub(super) fn sizes(self) -> (u64, u64) {
        match self {
            Self::Zfs | Self::ZfsDedup | Self::Btrfs | Self::BtrfsAuto => (128 * KIB, SECTOR),
            Self::BlueStore => (64 * KIB, SECTOR),
            Self::Vdo => (4 * KIB, 4 * KIB),
            Self::Subblock => (4 * KIB, 512),
            Self::Squashfs => (128 * KIB, 1),
            Self::Zram => (4 * KIB, 1),
        }
    }

    /// How many of them may be chosen.
    pub(super) fn sizes_given(self) -> usize {
        match self {
            Self::Zfs | Self::ZfsDedup | Self::BlueStore | Self::Subblock => 2,
            Self::Squashfs => 1,
            Self::Btrfs | Self::BtrfsAuto | Self::Vdo | Self::Zram => 0,
        }
    }

    pub(super) fn codec(self) -> Codec {
        match self {
            Self::Zfs | Self::ZfsDedup | Self::Vdo | Self::Subblock | Self::Zram => Codec::Lz4,
            Self::Btrfs | Self::BtrfsAuto => Codec::Zstd,
            Self::BlueStore => Codec::Snappy,
            Self::Squashfs => Codec::Zlib,
        }
    }

    /// The level that it compresses with unless told otherwise.
    pub(super) fn level(self, codec: Codec) -> i32 {
        match (self, codec) {
            (Self::Squashfs, Codec::Zstd) => 15,
            (Self::Squashfs, Codec::Zlib) => 9,
            (Self::BlueStore, Codec::Zstd) => 1,
            (Self::BlueStore, Codec::Zlib) => 5,
            (Self::Btrfs | Self::BtrfsAuto, _) | (_, Codec::Zstd) => 3,
            _ => 6,
        }
    }

    /// Whether a file of `len` bytes, which the codec makes `size`, lies in metadata, to the byte.
    pub(super) fn keeps_inline(self, len: u64, size: u64) -> bool {
        matches!(self, Self::Btrfs | Self::BtrfsAuto) && len <= SECTOR && size <= BTRFS_INLINE
    }

    pub(super) fn allocated(self, codec: Codec, unit: u64, len: u64, size: u64) -> u64 {
        let whole = len.next_multiple_of(unit);
        match self {
            Self::Zfs | Self::ZfsDedup => {
                // ZFS stores the length before LZ4, and length and version before zstd.
                let size = size
                    + match codec {
                        Codec::Lz4 => 4,
                        Codec::Zstd => 8,
                        _ => 0,
                    };
                match size {
                    _ if size > len - len / 8 => whole,
                    _ if size <= ZFS_EMBEDDED => 0,
                    _ => size.next_multiple_of(unit).min(whole),
                }
            }
            // One sector is not worth compressing.
            Self::Btrfs | Self::BtrfsAuto => match size.next_multiple_of(unit) {
                size if len > unit && size + unit <= whole => size,
                _ => whole,
            },
            Self::BlueStore => {
                let wanted = (len / 8 * 7 + len % 8 * 7 / 8).next_multiple_of(unit);
                match (size + BLUESTORE_HEADER).next_multiple_of(unit) {
                    size if len > unit && size <= wanted && size < len => size,
                    _ => whole,
                }
            }
            Self::Subblock => size.next_multiple_of(unit).min(whole),
            Self::Squashfs | Self::Vdo => size,
            Self::Zram => zsmalloc::allocated(size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(system, codec, unit, len, size, allocated)`, worked out by hand from the documents.
    const CASES: [(System, Codec, u64, u64, u64, u64); 24] = [
        // 7/8 of 128 KiB is 114688 = 28 sectors, of which 4 bytes are the length.
        (System::Zfs, Codec::Lz4, 4096, 131_072, 114_684, 28 * 4096),
        (System::Zfs, Codec::Lz4, 4096, 131_072, 114_685, 32 * 4096),
        (System::Zfs, Codec::Zstd, 4096, 131_072, 114_681, 32 * 4096),
        (System::Zfs, Codec::Lz4, 4096, 131_072, 65_532, 16 * 4096),
        (System::Zfs, Codec::Lz4, 4096, 131_072, 65_533, 17 * 4096),
        (System::Zfs, Codec::Lz4, 4096, 131_072, 108, 0),
        (System::Zfs, Codec::Lz4, 4096, 131_072, 109, 4096),
        (System::Zfs, Codec::Lz4, 4096, 8192, 4093, 8192),
        (System::Zfs, Codec::Lz4, 4096, 5000, 5000, 8192),
        (System::Btrfs, Codec::Zstd, 4096, 131_072, 65_536, 65_536),
        (System::Btrfs, Codec::Zstd, 4096, 131_072, 126_976, 126_976),
        (System::Btrfs, Codec::Zstd, 4096, 131_072, 126_977, 131_072),
        (System::Btrfs, Codec::Zstd, 4096, 4096, 10, 4096),
        (System::Btrfs, Codec::Zstd, 4096, 4097, 10, 4096),
        // 0.875 of 64 KiB is 57344 = 14 sectors.
        (System::BlueStore, Codec::Lz4, 4096, 65_536, 57_328, 57_344),
        (System::BlueStore, Codec::Lz4, 4096, 65_536, 57_329, 65_536),
        (System::BlueStore, Codec::Lz4, 65_536, 65_536, 10, 65_536),
        (System::BlueStore, Codec::Lz4, 4096, 8192, 4080, 4096),
        (System::BlueStore, Codec::Lz4, 4096, 8192, 4081, 8192),
        (System::Subblock, Codec::Lz4, 512, 4096, 2049, 2560),
        (System::Subblock, Codec::Lz4, 2048, 4096, 2048, 2048),
        (System::Subblock, Codec::Lz4, 2048, 4096, 2049, 4096),
        (System::Squashfs, Codec::Zlib, 1, 131_072, 77_777, 77_777),
        (System::Zram, Codec::Lz4, 1, 4096, 4096, 4096),
    ];

    #[test]
    fn records_are_rounded_as_documented() {
        for (system, codec, unit, len, size, allocated) in CASES {
            assert_eq!(system.allocated(codec, unit, len, size), allocated, "{system:?} {codec} {unit} {len} {size}");
        }
    }
}
