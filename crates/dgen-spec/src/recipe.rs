//! Recipes and their text form (section 1 of FORMAT.md).

use crate::duplicates::{Arrangement, Early, Reuse, Runs};
use crate::number::{decimal, digits};
use crate::pieces;
use crate::ratio::Ratio;
use crate::share::Share;
use crate::size;
use crate::tensor::{Dtype, Like};
use crate::texture::{Texture, Tune, reaches};
use crate::within::{Numbers, Within};
use std::fmt::{self, Write as _};

const MIB: u64 = 1 << 20;

/// A valid recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub(crate) seed: u64,
    pub(crate) block: u64,
    pub(crate) dedup: Ratio,
    pub(crate) window: u64,
    pub(crate) skip: u64,
    pub(crate) early: Early,
    pub(crate) reuse: Reuse,
    pub(crate) runs: Runs,
    pub(crate) within: Option<Within>,
    pub(crate) compress: Ratio,
    pub(crate) spread: Share,
    pub(crate) texture: Texture,
    pub(crate) dtype: Dtype,
    pub(crate) like: Like,
    pub(crate) tune: Tune,
}

/// Why a text is no recipe, as the test vectors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The text does not begin with `dgen1`.
    Version,
    /// A part of the text is not `name=value`.
    Item,
    /// A name is not in the table.
    Name,
    /// A name stands twice.
    Repeated,
    /// The seed is missing.
    Missing,
    /// A value cannot be read.
    Value,
    /// A value is outside its range.
    Range,
    /// The skipped contents are more than a quarter of the window.
    Skip,
    /// `reuse` and `runs`, or `within`, have no plan with these values.
    Plan,
    /// The tuning does not reach the compress ratio.
    Tune,
    /// The texture does not go with another value.
    Texture,
}

impl ErrorClass {
    /// The name in the test vectors.
    pub fn name(self) -> &'static str {
        match self {
            ErrorClass::Version => "version",
            ErrorClass::Item => "item",
            ErrorClass::Name => "name",
            ErrorClass::Repeated => "repeated",
            ErrorClass::Missing => "missing",
            ErrorClass::Value => "value",
            ErrorClass::Range => "range",
            ErrorClass::Skip => "skip",
            ErrorClass::Plan => "plan",
            ErrorClass::Tune => "tune",
            ErrorClass::Texture => "texture",
        }
    }
}

/// A text that is no valid recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeError {
    class: ErrorClass,
    part: String,
}

impl RecipeError {
    fn new(class: ErrorClass, part: impl Into<String>) -> RecipeError {
        RecipeError { class, part: part.into() }
    }

    /// The kind of mistake.
    pub fn class(&self) -> ErrorClass {
        self.class
    }
}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.class {
            ErrorClass::Version => "a recipe begins with dgen1",
            ErrorClass::Item => "expected name=value",
            ErrorClass::Name => "no such name",
            ErrorClass::Repeated => "the name stands twice",
            ErrorClass::Missing => "the seed is missing",
            ErrorClass::Value => "cannot read the value",
            ErrorClass::Range => "the value is outside its range",
            ErrorClass::Skip => "skip is more than a quarter of the window",
            ErrorClass::Plan => "the window has no room for these duplicates",
            ErrorClass::Tune => "the tuning does not reach the compress ratio",
            ErrorClass::Texture => "the texture does not go with this",
        };
        write!(f, "{reason}: `{}`", self.part)
    }
}

impl std::error::Error for RecipeError {}

fn parse_seed(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => digits(hex, 16),
        None => decimal(text),
    }
}

fn parse_texture(text: &str) -> Option<Texture> {
    [Texture::Repeat, Texture::Zeros, Texture::Lz, Texture::Text, Texture::Tensor]
        .into_iter()
        .find(|texture| texture.name() == text)
}

fn parse_dtype(text: &str) -> Option<Dtype> {
    Dtype::ALL.into_iter().find(|dtype| dtype.name() == text)
}

fn parse_like(text: &str) -> Option<Like> {
    Like::ALL.into_iter().find(|like| like.name() == text)
}

fn parse_tune(text: &str) -> Option<Tune> {
    [Tune::Any, Tune::Lz4, Tune::Zstd, Tune::Zlib, Tune::Snappy].into_iter().find(|tune| tune.name() == text)
}

impl Recipe {
    /// W: the window in contents (section 7).
    pub(crate) fn window_contents(&self) -> u64 {
        (self.window / self.block).max(16)
    }

    /// S: the skipped contents (section 7).
    pub(crate) fn skipped_contents(&self) -> u64 {
        self.skip.div_ceil(self.block)
    }

    /// Whether the plan is that of arranged duplicates.
    pub(crate) fn is_arranged(&self) -> bool {
        let default = Recipe::new(self.seed);
        (self.early, self.reuse, self.runs) != (default.early, default.reuse, default.runs)
    }

    /// The numbers of the plan of arranged duplicates (section 7).
    pub(crate) fn arrangement(&self) -> Arrangement {
        let (window, skipped) = (self.window_contents(), self.skipped_contents());
        Arrangement::new(window, skipped, self.block, self.early, self.reuse, self.runs)
    }

    /// The numbers of the plan of shards, where there are any; `None` inside where there is no such plan (section 7).
    #[allow(clippy::option_option, reason = "a value may be absent, and a plan impossible")]
    pub(crate) fn shards(&self) -> Option<Option<Numbers>> {
        let (window, skipped) = (self.window_contents(), self.skipped_contents());
        let numbers = |within| Numbers::new(window, skipped, self.block, self.dedup, within);
        self.within.map(|within| numbers(within).filter(|_| !self.is_arranged()))
    }

    /// The recipe of a seed, with the default of every other value.
    pub fn new(seed: u64) -> Recipe {
        Recipe {
            seed,
            block: MIB,
            dedup: Ratio::ONE,
            window: 64 * MIB,
            skip: 8 * MIB,
            early: Early::Exact,
            reuse: Reuse::Uniform,
            runs: Runs { least: 1, most: 1 },
            within: None,
            compress: Ratio::ONE,
            spread: Share::ZERO,
            texture: Texture::Repeat,
            dtype: Dtype::Bf16,
            like: Like::Weights,
            tune: Tune::Any,
        }
    }

    /// Reads a recipe in any accepted form.
    ///
    /// # Errors
    /// Returns the first mistake in the text or, when the text can be read, the first value that is not valid.
    pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
        let mut parts = text.split(',');
        if parts.next() != Some("dgen1") {
            return Err(RecipeError::new(ErrorClass::Version, text));
        }
        let mut recipe = Recipe::new(0);
        let mut names = Vec::new();
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| RecipeError::new(ErrorClass::Item, part))?;
            if names.contains(&name) {
                return Err(RecipeError::new(ErrorClass::Repeated, part));
            }
            names.push(name);
            let read = match name {
                "seed" => parse_seed(value).map(|seed| recipe.seed = seed),
                "block" => size::parse(value).map(|block| recipe.block = block),
                "dedup" => Ratio::parse(value).map(|ratio| recipe.dedup = ratio),
                "window" => size::parse(value).map(|window| recipe.window = window),
                "skip" => size::parse(value).map(|skip| recipe.skip = skip),
                "early" => Early::parse(value).map(|early| recipe.early = early),
                "reuse" => Reuse::parse(value).map(|reuse| recipe.reuse = reuse),
                "runs" => Runs::parse(value).map(|runs| recipe.runs = runs),
                "within" => Within::parse(value).map(|within| recipe.within = within),
                "compress" => Ratio::parse(value).map(|ratio| recipe.compress = ratio),
                "spread" => Share::parse(value).map(|share| recipe.spread = share),
                "texture" => parse_texture(value).map(|texture| recipe.texture = texture),
                "dtype" => parse_dtype(value).map(|dtype| recipe.dtype = dtype),
                "like" => parse_like(value).map(|like| recipe.like = like),
                "tune" => parse_tune(value).map(|tune| recipe.tune = tune),
                _ => return Err(RecipeError::new(ErrorClass::Name, part)),
            };
            read.ok_or_else(|| RecipeError::new(ErrorClass::Value, part))?;
        }
        if !names.contains(&"seed") {
            return Err(RecipeError::new(ErrorClass::Missing, text));
        }
        recipe.check()?;
        Ok(recipe)
    }

    fn check(&self) -> Result<(), RecipeError> {
        let in_range = [
            ("block", self.block.is_multiple_of(4096) && (4096..=1 << 30).contains(&self.block)),
            ("dedup", self.dedup.is_within(1_000_000)),
            ("window", (1..=1 << 40).contains(&self.window)),
            ("reuse", self.reuse.is_in_range()),
            ("runs", self.runs.is_in_range()),
            ("within", self.within.is_none_or(Within::is_in_range)),
            ("compress", self.compress.is_within(200)),
            ("spread", self.spread.is_within_one()),
        ];
        for (name, good) in in_range {
            if !good {
                return Err(RecipeError::new(ErrorClass::Range, name));
            }
        }
        if 4 * self.skipped_contents() > self.window_contents() {
            return Err(RecipeError::new(ErrorClass::Skip, "skip"));
        }
        if self.is_arranged() && !self.arrangement().is_possible() {
            return Err(RecipeError::new(ErrorClass::Plan, "reuse, runs"));
        }
        if let Some(None) = self.shards() {
            return Err(RecipeError::new(ErrorClass::Plan, "within"));
        }
        let reached = match self.texture {
            Texture::Lz | Texture::Text => pieces::reaches(self.texture, self.tune, self.compress),
            Texture::Tensor => true,
            texture => reaches(texture, self.tune, self.compress),
        };
        if !reached {
            return Err(RecipeError::new(ErrorClass::Tune, "compress"));
        }
        let plain = self.compress == Ratio::ONE && self.spread == Share::ZERO && self.tune == Tune::Any;
        let unnamed = self.dtype == Dtype::Bf16 && self.like == Like::Weights;
        if !(if self.texture == Texture::Tensor { plain } else { unnamed }) {
            return Err(RecipeError::new(ErrorClass::Texture, "texture"));
        }
        Ok(())
    }

    /// The canonical text.
    pub fn canonical(&self) -> String {
        let default = Recipe::new(self.seed);
        let mut text = format!("dgen1,seed={:#x}", self.seed);
        let values = [
            ("block", size::canonical(self.block), self.block == default.block),
            ("dedup", self.dedup.to_string(), self.dedup == default.dedup),
            ("window", size::canonical(self.window), self.window == default.window),
            ("skip", size::canonical(self.skip), self.skip == default.skip),
            ("early", self.early.name().to_owned(), self.early == default.early),
            ("reuse", self.reuse.to_string(), self.reuse == default.reuse),
            ("runs", self.runs.to_string(), self.runs == default.runs),
            ("within", self.within.map(|within| within.to_string()).unwrap_or_default(), self.within.is_none()),
            ("compress", self.compress.to_string(), self.compress == default.compress),
            ("spread", self.spread.to_string(), self.spread == default.spread),
            ("texture", self.texture.name().to_owned(), self.texture == default.texture),
            ("dtype", self.dtype.name().to_owned(), self.dtype == default.dtype),
            ("like", self.like.name().to_owned(), self.like == default.like),
            ("tune", self.tune.name().to_owned(), self.tune == default.tune),
        ];
        for (name, value, is_default) in values {
            if !is_default {
                let _ = write!(text, ",{name}={value}");
            }
        }
        text
    }

    /// The block size in bytes.
    pub fn block(&self) -> u64 {
        self.block
    }

    /// The dedup ratio.
    pub fn dedup(&self) -> Ratio {
        self.dedup
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Recipe::parse(text).map_or_else(|error| error.to_string(), |recipe| recipe.canonical())
    }

    #[test]
    fn writes_the_canonical_text() {
        for (text, expected) in [
            ("dgen1,seed=31", "dgen1,seed=0x1f"),
            ("dgen1,seed=0", "dgen1,seed=0x0"),
            ("dgen1,compress=2.0,dedup=1.5,seed=0x1F", "dgen1,seed=0x1f,dedup=3/2,compress=2"),
            ("dgen1,skip=0,window=131072K,seed=1,block=65536", "dgen1,seed=0x1,block=64KiB,window=128MiB,skip=0"),
            ("dgen1,seed=1,texture=zeros,tune=lz4", "dgen1,seed=0x1,texture=zeros,tune=lz4"),
            ("dgen1,like=kv,seed=1,dtype=fp8,texture=tensor", "dgen1,seed=0x1,texture=tensor,dtype=fp8,like=kv"),
            ("dgen1,dtype=bf16,like=weights,seed=1", "dgen1,seed=0x1"),
            (
                "dgen1,seed=1,block=1MiB,dedup=1,window=64MiB,skip=8MiB,compress=1,texture=repeat,tune=any",
                "dgen1,seed=0x1",
            ),
        ] {
            assert_eq!(canonical(text), expected);
            assert_eq!(canonical(expected), expected);
        }
    }
}
