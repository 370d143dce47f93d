//! The recipe: the few values that define a stream, with one canonical text form.

mod builder;
mod chunked;
mod duplicates;
mod slices;
mod spelling;
mod text;
mod within;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::calibration;
pub use crate::calibration::{Texture, Tune};
use crate::error::{Error, ErrorKind, Result};
use crate::ratio::Ratio;
use crate::share::Share;
pub use crate::tensor::{Dtype, Like};
use crate::units::{PAGE, exact_size};
pub use builder::RecipeBuilder;
pub(crate) use duplicates::Duplicates;
pub use duplicates::{Early, Exponent, MAX_RUN, Reuse, Runs};
pub use slices::skip_beside;
pub(crate) use within::Sharding;
pub use within::Within;

/// Format version written in front of every recipe.
pub const FORMAT: &str = "dgen1";
/// Default dedup unit in bytes.
pub const DEFAULT_BLOCK: u64 = 1 << 20;
/// Largest dedup unit in bytes.
pub const MAX_BLOCK: u64 = 1 << 30;
/// Default duplicate window in bytes.
pub const DEFAULT_WINDOW: u64 = 64 << 20;
/// Largest duplicate window in bytes.
pub const MAX_WINDOW: u64 = 1 << 40;
/// Default part of the window, in bytes, that duplicates skip because it is too recent.
pub const DEFAULT_SKIP: u64 = 8 << 20;
/// A window never holds fewer contents than this.
pub const MIN_WINDOW_BLOCKS: u64 = 16;
/// Largest dedup ratio.
pub const MAX_DEDUP: u64 = 1_000_000;
/// Largest compress ratio.
pub const MAX_COMPRESS: u64 = 200;

const SEED_FORMS: &str = "0 to 18446744073709551615, decimal or 0x hexadecimal";

/// A complete, valid definition of one stream. Equal recipes define equal bytes.
///
/// The text form is canonical (defaults omitted, except the seed), shell-safe, and parses back:
///
/// ```
/// use dgen::Recipe;
/// let recipe = Recipe::builder().seed(31).dedup_ratio(1.5)?.compress_ratio(2.0)?.build()?;
/// assert_eq!(recipe.to_string(), "dgen1,seed=0x1f,dedup=3/2,compress=2");
/// assert_eq!(recipe.to_string().parse::<Recipe>()?, recipe);
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Recipe {
    seed: u64,
    block: u64,
    dedup: Ratio,
    window: u64,
    skip: u64,
    duplicates: Duplicates,
    compress: Ratio,
    spread: Share,
    texture: Texture,
    dtype: Dtype,
    like: Like,
    tune: Tune,
}

impl Recipe {
    /// The defaults under `seed`: unique, incompressible data.
    pub fn with_seed(seed: u64) -> Self {
        Self {
            seed,
            block: DEFAULT_BLOCK,
            dedup: Ratio::ONE,
            window: DEFAULT_WINDOW,
            skip: DEFAULT_SKIP,
            duplicates: Duplicates::default(),
            compress: Ratio::ONE,
            spread: Share::ZERO,
            texture: Texture::Repeat,
            dtype: Dtype::Bf16,
            like: Like::Weights,
            tune: Tune::Any,
        }
    }

    /// The same recipe under another seed.
    #[must_use]
    pub fn reseeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Dedup unit in bytes, a multiple of 4096.
    pub fn block_size(&self) -> u64 {
        self.block
    }

    /// Dedup ratio: blocks per distinct block.
    pub fn dedup_ratio(&self) -> Ratio {
        self.dedup
    }

    /// Compress ratio of each page, or where there is spread, of all of them together.
    pub fn compress_ratio(&self) -> Ratio {
        self.compress
    }

    /// Duplicate window in bytes.
    pub fn window(&self) -> u64 {
        self.window
    }

    /// Most recent part of the window, in bytes, that duplicates skip.
    pub fn skip(&self) -> u64 {
        self.skip
    }

    /// How the stream begins.
    pub fn early(&self) -> Early {
        self.duplicates.early
    }

    /// Which contents duplicates copy.
    pub fn reuse(&self) -> Reuse {
        self.duplicates.reuse
    }

    /// How many blocks in a row copy contents that lie in a row.
    pub fn runs(&self) -> Runs {
        self.duplicates.runs
    }

    /// What part of the duplicates lies within one file or shard, where that is said.
    pub fn within(&self) -> Option<Within> {
        self.duplicates.within
    }

    /// The numbers of the plan of shards, where there are any.
    pub(crate) fn sharding(&self) -> Option<Sharding> {
        let (window, skip) = (self.window_blocks(), self.skip_blocks());
        self.duplicates.sharding(window, skip, self.block, self.dedup).expect("a recipe is checked")
    }

    /// How duplicates lie, where any of its values is not the default.
    pub(crate) fn arranged(&self) -> Option<Duplicates> {
        Some(self.duplicates).filter(|duplicates| *duplicates != Duplicates::default())
    }

    /// How far pages lie from the compress ratio, as a share of their mean size.
    pub fn spread(&self) -> Share {
        self.spread
    }

    /// Texture of pages.
    pub fn texture(&self) -> Texture {
        self.texture
    }

    /// Type of the numbers in pages of tensors.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// What the numbers in pages of tensors are distributed like.
    pub fn like(&self) -> Like {
        self.like
    }

    /// Compressor that the compress ratio is calibrated for.
    pub fn tune(&self) -> Tune {
        self.tune
    }

    /// The window in contents: at least [`MIN_WINDOW_BLOCKS`].
    pub(crate) fn window_blocks(&self) -> u64 {
        (self.window / self.block).max(MIN_WINDOW_BLOCKS)
    }

    /// The skipped part of the window in contents.
    pub(crate) fn skip_blocks(&self) -> u64 {
        self.skip.div_ceil(self.block)
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Self::with_seed(self.seed);
        write!(f, "{FORMAT},seed={:#x}", self.seed)?;
        if self.block != default.block {
            write!(f, ",block={}", exact_size(self.block))?;
        }
        if self.dedup != default.dedup {
            write!(f, ",dedup={}", self.dedup)?;
        }
        if self.window != default.window {
            write!(f, ",window={}", exact_size(self.window))?;
        }
        if self.skip != default.skip {
            write!(f, ",skip={}", exact_size(self.skip))?;
        }
        if self.early() != default.early() {
            write!(f, ",early={}", self.early().name())?;
        }
        if self.reuse() != default.reuse() {
            write!(f, ",reuse={}", self.reuse())?;
        }
        if self.runs() != default.runs() {
            write!(f, ",runs={}", self.runs())?;
        }
        if let Some(within) = self.within() {
            write!(f, ",within={within}")?;
        }
        if self.compress != default.compress {
            write!(f, ",compress={}", self.compress)?;
        }
        if self.spread != default.spread {
            write!(f, ",spread={}", self.spread)?;
        }
        if self.texture != default.texture {
            write!(f, ",texture={}", self.texture.name())?;
        }
        if self.dtype != default.dtype {
            write!(f, ",dtype={}", self.dtype.name())?;
        }
        if self.like != default.like {
            write!(f, ",like={}", self.like.name())?;
        }
        if self.tune != default.tune {
            write!(f, ",tune={}", self.tune.name())?;
        }
        Ok(())
    }
}

/// Parses a seed that was given as an option: decimal or `0x` hexadecimal, below 2^64; spaces around it are ignored.
///
/// # Errors
/// Names `option`, the text and the accepted range.
pub fn parse_seed(option: &str, text: &str) -> Result<u64> {
    let trimmed = text.trim();
    let (digits, radix) = match trimmed.strip_prefix("0x").or_else(|| trimmed.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None => (trimmed, 10),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain
        .then(|| u64::from_str_radix(digits, radix).ok())
        .flatten()
        .ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), SEED_FORMS))
}

/// A seed from the operating system, for runs that were not given one. Reports print it.
///
/// # Errors
/// When the system has no random source.
pub fn random_seed() -> Result<u64> {
    getrandom::u64().map_err(|error| Error::new(ErrorKind::Io, format!("the system gives no random seed: {error}")))
}

impl Serialize for Recipe {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Recipe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Recipe {
    /// Whether all values are in range, with a skip that was given or is the default.
    fn check(&self, skip_given: bool) -> Result<()> {
        if self.block == 0 || !self.block.is_multiple_of(PAGE as u64) || self.block > MAX_BLOCK {
            return Err(Error::invalid("block size", self.block, "a multiple of 4096, from 4 KiB to 1 GiB"));
        }
        if self.window == 0 || self.window > MAX_WINDOW {
            return Err(Error::invalid("window", exact_size(self.window), "1 byte to 1 TiB"));
        }
        if !skip_given && self.skip_blocks() * 4 > self.window_blocks() {
            let least = self.skip_blocks() * 4 * self.block;
            let (skip, least) = (exact_size(self.skip), exact_size(least));
            let accepted =
                format!("{least} or more, 4 times the default skip of {skip}, unless a smaller skip is given");
            return Err(Error::invalid("window", exact_size(self.window), &accepted));
        }
        if self.skip > MAX_WINDOW || self.skip_blocks() * 4 > self.window_blocks() {
            let accepted = format!("at most a quarter of the window, {} blocks here", self.window_blocks() / 4);
            let given = format!("{} ({} blocks)", exact_size(self.skip), self.skip_blocks());
            return Err(Error::invalid("skip", given, &accepted));
        }
        self.duplicates.check(self.window_blocks(), self.skip_blocks(), self.block, self.dedup)?;
        if self.texture.is_for_one() {
            self.check_pieces()?;
        }
        let reach = calibration::reach(self.texture, self.tune).filter(|reach| self.compress.as_f64() > *reach);
        if let Some(reach) = reach.filter(|_| !self.compress.is_one()) {
            let accepted = format!("1 to {:.2} with tune={}", (reach * 100.0).floor() / 100.0, self.tune.name());
            return Err(Error::invalid("compress ratio", self.compress, &accepted));
        }
        self.check_texture()
    }

    /// Whether the texture goes with the other values.
    fn check_texture(&self) -> Result<()> {
        let default = Self::with_seed(self.seed);
        if self.texture == Texture::Tensor {
            if !self.compress.is_one() {
                let accepted = "1 with texture=tensor: dtype and like say how far its pages compress";
                return Err(Error::invalid("compress ratio", self.compress, accepted));
            }
            if self.spread != default.spread {
                return Err(Error::invalid("spread", self.spread, "0 with texture=tensor"));
            }
            if self.tune != default.tune {
                return Err(Error::invalid("tune", self.tune.name(), "any with texture=tensor"));
            }
            return Ok(());
        }
        let texture = self.texture.name();
        for (option, value, default) in
            [("dtype", self.dtype.name(), default.dtype.name()), ("like", self.like.name(), default.like.name())]
        {
            if value != default {
                let accepted = format!("{default} with texture={texture}; others with texture=tensor");
                return Err(Error::invalid(option, value, &accepted));
            }
        }
        Ok(())
    }
}

impl Recipe {
    /// Whether there are pages of pieces or words for the tuning and the compress ratio.
    fn check_pieces(&self) -> Result<()> {
        let texture = self.texture.name();
        let Some((first, last)) = calibration::ends(self.texture, self.tune) else {
            let accepted =
                format!("lz4, zstd or zlib with texture={texture}, which cannot suit several compressors at once");
            return Err(Error::invalid("tune", format_args!("`{}`", self.tune.name()), &accepted));
        };
        if self.compress.is_one() {
            return Ok(());
        }
        let (p, full) = (self.compress.num(), u64::from(calibration::FULL_COST));
        let target = u128::from(full) * u128::from(self.compress.den());
        let within = |cost: u32| u128::from(cost) * u128::from(p);
        if (within(first)..within(last)).contains(&target) {
            return Ok(());
        }
        let (most, least) = (full * 100 / u64::from(first), full * 100 / u64::from(last) + 1);
        let hundredths = |ratio: u64| format!("{}.{:02}", ratio / 100, ratio % 100);
        let (least, most, tune) = (hundredths(least), hundredths(most), self.tune.name());
        let accepted = format!("1, or {least} to {most} with texture={texture} and tune={tune}");
        Err(Error::invalid("compress ratio", self.compress, &accepted))
    }
}

#[cfg(test)]
mod tests;
