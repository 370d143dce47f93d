//! Where content-defined chunks end: sizes, those of known tools, and the cut.

use std::fmt;
use std::str::FromStr;

use dgen::units::parse_size;
use dgen::{Error, Result};
use fastcdc::v2020::{MASKS, cut};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Most bytes of a chunk.
const LARGEST: usize = 16 * MIB;

/// A chunker: content-defined chunks of stated sizes, as backup tools deduplicate them.
///
/// Behind the first `min` bytes, an edge comes with the odds of one in `avg` at each byte, by the gear hash of the 48 bytes
/// before it; at `max` bytes there is one in any case. This is `FastCDC` without its normalization, which most tools do not have:
/// without a maximum the mean chunk has `min + avg` bytes. Each input is chunked by itself.
///
/// Its text is `MIN:AVG:MAX`, such as `16KiB:64KiB:256KiB`, or the name of a tool, which stands for its default sizes:
///
/// | name | min | avg | max |
/// |---|---|---|---|
/// | `borg` | 512 KiB | 2 MiB | 8 MiB |
/// | `restic` | 512 KiB | 1 MiB | 8 MiB |
/// | `casync` | 16 KiB | 64 KiB | 256 KiB |
/// | `bup` | 64 B | 8 KiB | 32 KiB |
/// | `kopia` | 2 MiB | 4 MiB | 8 MiB |
/// | `duplicacy` | 1 MiB | 4 MiB | 16 MiB |
/// | `zpaq` | 4 KiB | 64 KiB | 508 KiB |
///
/// The edges are not those of the tool, which has a hash of its own: the ratio is what is to be expected of it.
///
/// ```
/// use dgen_measure::Chunker;
/// let chunker: Chunker = "casync".parse()?;
/// assert_eq!(chunker, "16KiB:64KiB:256KiB".parse::<Chunker>()?);
/// assert_eq!((chunker.min(), chunker.avg(), chunker.max()), (16 << 10, 64 << 10, 256 << 10));
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chunker {
    name: String,
    min: usize,
    avg: usize,
    max: usize,
}

/// The sizes that tools have unless told otherwise: minimum, average, maximum.
const TOOLS: [(&str, [usize; 3]); 7] = [
    ("borg", [512 * KIB, 2 * MIB, 8 * MIB]),
    ("restic", [512 * KIB, MIB, 8 * MIB]),
    ("casync", [16 * KIB, 64 * KIB, 256 * KIB]),
    ("bup", [64, 8 * KIB, 32 * KIB]),
    ("kopia", [2 * MIB, 4 * MIB, 8 * MIB]),
    ("duplicacy", [MIB, 4 * MIB, 16 * MIB]),
    ("zpaq", [4 * KIB, 64 * KIB, 508 * KIB]),
];

impl Chunker {
    /// The tools whose sizes are known by name.
    pub const TOOLS: [&'static str; 7] = {
        let mut names = [""; 7];
        let mut number = 0;
        while number < names.len() {
            names[number] = TOOLS[number].0;
            number += 1;
        }
        names
    };

    /// The text that it was parsed from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Least bytes of a chunk, unless its input ends.
    pub fn min(&self) -> u64 {
        self.min as u64
    }

    /// Mean distance between edges behind the minimum, in bytes.
    pub fn avg(&self) -> u64 {
        self.avg as u64
    }

    /// Most bytes of a chunk.
    pub fn max(&self) -> u64 {
        self.max as u64
    }

    /// Bytes of the chunk that `bytes` begins with; `None` where that depends on what follows them, unless they are the
    /// last of an input.
    pub(crate) fn cut(&self, bytes: &[u8], ends: bool) -> Option<usize> {
        let mask = MASKS[self.avg.ilog2() as usize];
        let (_, len) = cut(bytes, self.min, self.avg, self.max, mask, mask, mask << 1, mask << 1);
        (len < bytes.len() || ends || bytes.len() >= self.max).then_some(len)
    }

    fn parse(text: &str) -> Option<Self> {
        let of = |[min, avg, max]: [usize; 3]| Self { name: text.to_owned(), min, avg, max };
        if let Some((_, sizes)) = TOOLS.iter().find(|(name, _)| *name == text) {
            return Some(of(*sizes));
        }
        let size = |field: &str| usize::try_from(parse_size("chunker", field).ok()?).ok();
        let sizes: Vec<usize> = text.split(':').map(size).collect::<Option<_>>()?;
        let sizes @ [min, avg, max] = sizes.try_into().ok()?;
        let is_even = min.is_multiple_of(2) && max.is_multiple_of(2);
        let is_ordered = 64 <= min && min < max && avg <= max && max <= LARGEST;
        let fits = is_even && is_ordered && avg.is_power_of_two() && (256..=4 * MIB).contains(&avg);
        fits.then(|| of(sizes))
    }
}

/// By what they do, whatever they are called.
impl PartialEq for Chunker {
    fn eq(&self, other: &Self) -> bool {
        (self.min, self.avg, self.max) == (other.min, other.avg, other.max)
    }
}

impl Eq for Chunker {}

impl FromStr for Chunker {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            let accepted = format!(
                "{}, or MIN:AVG:MAX: even numbers from 64 to 16MiB, and between them a power of two from 256 to 4MiB",
                Self::TOOLS.join(", ")
            );
            Error::invalid("chunker", format_args!("`{text}`"), &accepted)
        })
    }
}

impl fmt::Display for Chunker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_tools_parse() {
        for name in Chunker::TOOLS {
            let chunker: Chunker = name.parse().unwrap();
            assert_eq!(chunker.to_string(), name);
            let sizes = format!("{}:{}:{}", chunker.min(), chunker.avg(), chunker.max());
            assert_eq!(sizes.parse::<Chunker>().unwrap(), chunker, "{name}");
        }
        for text in [
            "",
            "tar",
            "4KiB",
            "4KiB:8KiB",
            "4KiB:8KiB:16KiB:1",
            "4KiB:9KiB:16KiB",
            "4KiB:8KiB:4KiB",
            "4KiB:8KiB:6KiB",
            "63:8KiB:16KiB",
            "65:8KiB:16KiB",
            "64:128:1KiB",
            "64:8KiB:32MiB",
            "1MiB:8MiB:16MiB",
        ] {
            let error = text.parse::<Chunker>().unwrap_err().to_string();
            assert!(error.starts_with("chunker: ") && error.contains("borg"), "{text}: {error}");
        }
    }

    #[test]
    fn a_mask_has_as_many_bits_as_its_average() {
        for (bits, mask) in MASKS.iter().enumerate().skip(8).take(15) {
            assert_eq!(mask.count_ones() as usize, bits);
        }
    }
}
