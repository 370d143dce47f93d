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
/// without a maximum the mean chunk has `min + avg` bytes. Each input is chunked by itself. What data repeats in small
/// makes edges rarer, and so two tools have edges as they find them: `borg` hashes 4095 bytes, in which little repeats, and
/// `restic` also has one behind any 64 zero bytes, of which its fingerprint is zero.
///
/// Its text is `MIN:AVG:MAX`, such as `16KiB:64KiB:256KiB`; the name of a tool, which stands for its default sizes; or both, as
/// `borg:1KiB:16KiB:256KiB`:
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
    edges: Edges,
}

/// What makes an edge behind the minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edges {
    /// The gear hash of the last 48 bytes.
    Gear,
    /// The same, or zeros alone in the last 64 bytes: their Rabin fingerprint is zero.
    GearOrZeros,
    /// A cyclic polynomial of the last 4095 bytes.
    Cyclic,
}

/// The bytes that edges of [`Edges::Cyclic`] and [`Edges::GearOrZeros`] depend on.
const CYCLIC_WINDOW: usize = 4095;
const ZEROS_WINDOW: usize = 64;

/// What a byte adds to the cyclic polynomial: random numbers, from SplitMix64 (Steele, Lea, Flood, 2014).
const TERMS: [u64; 256] = {
    let mut terms = [0; 256];
    let mut index = 0;
    while index < terms.len() {
        let mut word = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(index as u64 + 1);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        terms[index] = word ^ (word >> 31);
        index += 1;
    }
    terms
};

/// The sizes that tools have unless told otherwise: minimum, average, maximum; and their edges.
const TOOLS: [(&str, [usize; 3], Edges); 7] = [
    ("borg", [512 * KIB, 2 * MIB, 8 * MIB], Edges::Cyclic),
    ("restic", [512 * KIB, MIB, 8 * MIB], Edges::GearOrZeros),
    ("casync", [16 * KIB, 64 * KIB, 256 * KIB], Edges::Gear),
    ("bup", [64, 8 * KIB, 32 * KIB], Edges::Gear),
    ("kopia", [2 * MIB, 4 * MIB, 8 * MIB], Edges::Gear),
    ("duplicacy", [MIB, 4 * MIB, 16 * MIB], Edges::Gear),
    ("zpaq", [4 * KIB, 64 * KIB, 508 * KIB], Edges::Gear),
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
        let len = match self.edges {
            Edges::Gear => self.gear(bytes),
            Edges::GearOrZeros => {
                let len = self.gear(bytes);
                zeros(&bytes[..len], self.min).unwrap_or(len)
            }
            Edges::Cyclic => cyclic(bytes, self.min, self.avg, self.max),
        };
        (len < bytes.len() || ends || bytes.len() >= self.max).then_some(len)
    }

    /// Where the gear hash, or the maximum, has the first edge, or where the bytes end.
    fn gear(&self, bytes: &[u8]) -> usize {
        let mask = MASKS[self.avg.ilog2() as usize];
        cut(bytes, self.min, self.avg, self.max, mask, mask, mask << 1, mask << 1).1
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, own) = text.split_once(':').map_or((text, None), |(name, own)| (name, Some(own)));
        let tool = TOOLS.iter().find(|(known, ..)| *known == name);
        let edges = tool.map_or(Edges::Gear, |(_, _, edges)| *edges);
        let of = |[min, avg, max]: [usize; 3]| Self { name: text.to_owned(), min, avg, max, edges };
        let sizes = match (tool, own) {
            (Some((_, sizes, _)), None) => return Some(of(*sizes)),
            (Some(_), Some(own)) => own,
            (None, _) => text,
        };
        let size = |field: &str| usize::try_from(parse_size("chunker", field).ok()?).ok();
        let sizes: Vec<usize> = sizes.split(':').map(size).collect::<Option<_>>()?;
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
        (self.min, self.avg, self.max, self.edges) == (other.min, other.avg, other.max, other.edges)
    }
}

impl Eq for Chunker {}

impl FromStr for Chunker {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| {
            let accepted = format!(
                "{}, MIN:AVG:MAX, or both as borg:MIN:AVG:MAX: even numbers from 64 to 16MiB, and between them a power of two from 256 to 4MiB",
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

/// The first place from `min` on behind 64 zero bytes.
fn zeros(bytes: &[u8], min: usize) -> Option<usize> {
    let mut end = min.max(ZEROS_WINDOW);
    while end <= bytes.len() {
        match bytes[end - ZEROS_WINDOW..end].iter().rposition(|byte| *byte != 0) {
            None => return Some(end),
            Some(last) => end += last + 1,
        }
    }
    None
}

/// Where the cyclic polynomial, or the maximum, has the first edge, or where the bytes end (Cohen, 1997: recursive hashing by
/// cyclic polynomials). Of a minimum below the window it hashes as many bytes as that.
fn cyclic(bytes: &[u8], min: usize, avg: usize, max: usize) -> usize {
    let bytes = &bytes[..bytes.len().min(max)];
    if bytes.len() <= min {
        return bytes.len();
    }
    let window = min.min(CYCLIC_WINDOW);
    let (turn, mask) = (u32::try_from(window % 64).expect("below 64"), avg as u64 - 1);
    let term = |byte: u8| TERMS[usize::from(byte)];
    let mut hash = bytes[min - window..min].iter().fold(0_u64, |hash, byte| hash.rotate_left(1) ^ term(*byte));
    for (index, (&entering, &leaving)) in bytes[min..].iter().zip(&bytes[min - window..]).enumerate() {
        if hash & mask == 0 {
            return min + index;
        }
        hash = hash.rotate_left(1) ^ term(entering) ^ term(leaving).rotate_left(turn);
    }
    bytes.len()
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
            assert_eq!(format!("{name}:{sizes}").parse::<Chunker>().unwrap(), chunker, "{name}");
            let alone = sizes.parse::<Chunker>().unwrap() == chunker;
            assert_eq!(alone, !["borg", "restic"].contains(&name), "{name}");
        }
        for text in [
            "",
            "tar",
            "borg:",
            "borg:4KiB",
            "tar:4KiB:8KiB:16KiB",
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
    fn zeros_are_edges_where_their_fingerprint_is_one() {
        let mut bytes = vec![1; 1 << 20];
        bytes[600 << 10..][..64].fill(0);
        let len = bytes.len();
        assert_eq!("restic".parse::<Chunker>().unwrap().cut(&bytes, true), Some((600 << 10) + 64));
        assert_eq!("restic:640KiB:1MiB:8MiB".parse::<Chunker>().unwrap().cut(&bytes, true), Some(len));
        bytes[(600 << 10) + 63] = 1;
        assert_eq!("restic".parse::<Chunker>().unwrap().cut(&bytes, true), Some(len));
        assert_eq!(zeros(&[0; 63], 2), None);
        assert_eq!(zeros(&[0; 64], 2), Some(64));
    }

    /// A window rolled on is that hashed anew, and edges are as far apart as they should be.
    #[test]
    fn cyclic_edges_depend_on_the_window_alone() {
        let mut state = 1_u64;
        let bytes: Vec<u8> = (0..1 << 21)
            .map(|_| {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect();
        let (mut at, mut chunks) = (0, 0);
        while at < bytes.len() {
            let len = cyclic(&bytes[at..], 8192, 4096, 1 << 20);
            if at + len < bytes.len() {
                let end = at + len;
                assert_eq!(
                    cyclic(&bytes[end - CYCLIC_WINDOW - 1..], CYCLIC_WINDOW + 1, 4096, 1 << 20),
                    CYCLIC_WINDOW + 1
                );
            }
            (at, chunks) = (at + len, chunks + 1);
        }
        assert!((130..=220).contains(&chunks), "{chunks}");
        assert_eq!(cyclic(&[7; 100], 64, 256, 1000), 100);
    }

    #[test]
    fn a_mask_has_as_many_bits_as_its_average() {
        for (bits, mask) in MASKS.iter().enumerate().skip(8).take(15) {
            assert_eq!(mask.count_ones() as usize, bits);
        }
    }
}
