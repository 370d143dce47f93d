//! Models of storage systems: how much one of them allocates for a record, given how well it compresses.

mod heuristic;
mod packer;
mod system;
mod zsmalloc;

use std::fmt;
use std::str::FromStr;

use dgen::units::parse_size;
use dgen::{Error, Result};

use crate::codec::{Codec, Levels};

pub(crate) use heuristic::{Decisions, looks_compressible};
pub(crate) use packer::Packer;
pub(crate) use system::System;
pub(crate) use zsmalloc::Pool;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// A storage system, as far as it decides how much space data takes: the record that it compresses, the codec, when it
/// keeps a record raw, and what it rounds to.
///
/// Its text is `NAME[:SIZE[:SIZE]][:CODEC[:LEVEL]]`. Each name has defaults:
///
/// | name | record | rounded to | codec | dedup | holes | kept raw |
/// |---|---|---|---|---|---|---|
/// | `zfs` | 128 KiB | 4 KiB | lz4 | no | zero records | unless an eighth is saved |
/// | `zfs-dedup` | 128 KiB | 4 KiB | lz4 | whole records | zero records | the same |
/// | `btrfs` | 128 KiB | 4 KiB | zstd:3 | no | none | unless a sector is saved |
/// | `btrfs-auto` | 128 KiB | 4 KiB | zstd:3 | no | none | the same, and where samples look like noise |
/// | `bluestore` | 64 KiB | 4 KiB | snappy | no | none | above 0.875 of the blob, rounded up |
/// | `vdo` | 4 KiB | packs fragments | lz4 | 4 KiB | zero blocks | what finds no company in a block |
/// | `subblock` | 4 KiB | 512 B | lz4 | whole records | zero records | unless a sub-block is saved |
/// | `squashfs` | 128 KiB | bytes | zlib:9 | whole files | zero records | unless smaller |
/// | `zram` | 4 KiB | size classes | lz4 | no | pages of one repeated word | from the class of whole pages on |
///
/// The first size is the record, the second what is rounded to; for `subblock` they stand the other way round, so that
/// `subblock:2KiB` means 4 KiB blocks in sub-blocks of 2 KiB. Records begin at the start of each input; files
/// below a record share records in `squashfs`, and what fits in 2 KiB is counted to the byte in `btrfs`, which keeps it with its
/// metadata. What is counted is the space of data alone: no other metadata, no checksums or parity.
///
/// ```
/// use dgen_measure::Model;
/// let model: Model = "zfs:16KiB:zstd:9".parse()?;
/// assert_eq!((model.name(), model.record()), ("zfs:16KiB:zstd:9", 16 << 10));
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    name: String,
    pub(crate) system: System,
    pub(crate) record: u64,
    pub(crate) unit: u64,
    pub(crate) codec: Codec,
    pub(crate) level: Option<i32>,
}

impl Model {
    /// The names that models begin with.
    pub const SYSTEMS: [&'static str; 9] = system::NAMES;

    /// The text that it was parsed from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes that are compressed as one.
    pub fn record(&self) -> u64 {
        self.record
    }

    /// The codec that it compresses with.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Whether the system stores equal records once.
    pub fn dedups(&self) -> bool {
        self.system.dedups()
    }

    /// Levels for its codec.
    pub(crate) fn levels(&self) -> Levels {
        let level = self.level.unwrap_or_else(|| self.system.level(self.codec));
        Levels { zstd: level, zlib: level.unsigned_abs(), lzma: level.unsigned_abs() }
    }

    /// Whether the system stores nothing for these bytes.
    pub(crate) fn is_hole(&self, raw: &[u8]) -> bool {
        match self.system {
            System::Zfs | System::ZfsDedup | System::Vdo | System::Subblock | System::Squashfs => is_zero(raw),
            System::Zram => {
                let (words, rest) = raw.as_chunks::<8>();
                words.iter().all(|word| *word == words[0]) && rest.iter().all(|byte| *byte == 0)
            }
            System::Btrfs | System::BtrfsAuto | System::BlueStore => false,
        }
    }

    /// Bytes allocated for a record of `len` bytes that is no hole and that the codec makes `size`, which is at most
    /// `len`. Where fragments are packed, [`Packer`] decides instead. `is_whole` says that it is all of a file.
    pub(crate) fn allocated(&self, len: u64, size: u64, is_whole: bool) -> u64 {
        if is_whole && self.system.keeps_inline(len, size) {
            return size;
        }
        self.system.allocated(self.codec, self.unit, len, size)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split(':').peekable();
        let system = System::named(fields.next()?)?;
        let mut sizes = Vec::new();
        while let Some(size) = fields.peek().and_then(|field| parse_size("model", field).ok()) {
            sizes.push(size);
            fields.next();
        }
        let codec = match fields.next() {
            Some(field) => field.parse().ok()?,
            None => system.codec(),
        };
        let level = match (codec, fields.next()) {
            (_, None) => None,
            (Codec::Zstd, Some(field)) => Some(field.parse().ok().filter(|level| (1..=22).contains(level))?),
            (Codec::Zlib, Some(field)) => Some(field.parse().ok().filter(|level| (1..=9).contains(level))?),
            (Codec::Lzma, Some(field)) => Some(field.parse().ok().filter(|level| (0..=9).contains(level))?),
            _ => return None,
        };
        let (mut record, mut unit) = system.sizes();
        let given = if system == System::Subblock { [&mut unit, &mut record] } else { [&mut record, &mut unit] };
        if sizes.len() > system.sizes_given() {
            return None;
        }
        sizes.iter().zip(given).for_each(|(size, into)| *into = *size);
        let record_fits = record.is_power_of_two() && (4 * KIB..=MIB).contains(&record);
        let unit_fits = unit.is_power_of_two() && unit <= record && (unit >= 512 || unit == system.sizes().1);
        let fits = fields.next().is_none() && record_fits && unit_fits;
        fits.then(|| Self { name: text.to_owned(), system, record, unit, codec, level })
    }
}

impl FromStr for Model {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            let systems = Self::SYSTEMS.join(", ");
            let accepted = format!(
                "NAME[:SIZE[:SIZE]][:CODEC[:LEVEL]], NAME one of {systems}; records of 4 KiB to 1 MiB, a power of two"
            );
            Error::invalid("model", format_args!("`{text}`"), &accepted)
        })
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<64>();
    words.iter().all(|word| *word == [0; 64]) && rest.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_parses_bare_and_says_what_it_is() {
        for name in Model::SYSTEMS {
            let model: Model = name.parse().unwrap();
            assert_eq!(model.to_string(), name);
            assert!(model.system.source().len() > 20);
        }
    }

    #[test]
    fn fields_replace_defaults() {
        let of = |text: &str| {
            let model: Model = text.parse().unwrap();
            (model.record, model.unit, model.codec, model.level)
        };
        assert_eq!(of("zfs"), (128 << 10, 4096, Codec::Lz4, None));
        assert_eq!(of("zfs:16KiB:8KiB:zstd:9"), (16 << 10, 8192, Codec::Zstd, Some(9)));
        assert_eq!(of("bluestore:64KiB:64KiB"), (64 << 10, 64 << 10, Codec::Snappy, None));
        assert_eq!(of("subblock:2KiB"), (4096, 2048, Codec::Lz4, None));
        assert_eq!(of("subblock:1KiB:8KiB:zstd"), (8192, 1024, Codec::Zstd, None));
        assert_eq!(of("squashfs:1MiB:zlib:1"), (1 << 20, 1, Codec::Zlib, Some(1)));
        assert_eq!(of("squashfs:lzma:0"), (128 << 10, 1, Codec::Lzma, Some(0)));
    }

    #[test]
    fn what_is_no_model_is_refused() {
        for text in [
            "",
            "ext4",
            "zfs:",
            "zfs:3KiB",
            "zfs:2KiB",
            "zfs:2MiB",
            "zfs:16KiB:32KiB",
            "zfs:gzip",
            "zfs:lz4:1",
            "zfs:zstd:23",
            "zfs:zstd:0",
            "zfs:zlib:9:1",
            "squashfs:lzma:10",
            "vdo:8KiB",
            "btrfs:4KiB",
            "zram:4KiB",
            "subblock:256",
        ] {
            let error = text.parse::<Model>().unwrap_err().to_string();
            assert!(error.starts_with("model: ") && error.contains("zfs-dedup"), "{text}: {error}");
        }
    }
}
