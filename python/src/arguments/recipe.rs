//! The arguments that define a stream, as a recipe.

use super::duplicated::Duplicated;
use super::generation::{BlockSize, CompressRatio, DedupRatio, Seed};
use super::storage::Block;
use super::textured::Textured;
use crate::errors::exception;
use dgen::recipe::{DEFAULT_BLOCK, MAX_COMPRESS, MAX_DEDUP};
use dgen::{Error, ErrorKind, Ratio, Recipe, RecipeBuilder, System};
use pyo3::PyResult;

/// Either a recipe as text, or its parts.
pub(crate) struct Choice<'a> {
    pub(crate) recipe: Option<&'a str>,
    pub(crate) seed: Option<Seed>,
    pub(crate) dedup_ratio: Option<f64>,
    pub(crate) compress_ratio: Option<f64>,
    pub(crate) block_size: Option<Block>,
    /// The storage system that the data is made for.
    pub(crate) tuned_for: Option<&'a str>,
}

impl Choice<'_> {
    /// The recipe; draws a seed where none is given.
    pub(crate) fn recipe(&self) -> PyResult<Recipe> {
        self.build().map_err(|error| exception(&error))
    }

    /// The recipe, if anything defines one.
    pub(crate) fn explicit(&self) -> PyResult<Option<Recipe>> {
        if self.recipe.is_none() && self.seed.is_none() {
            if self.has_parts() {
                let message =
                    "seed: None is not accepted with a ratio or block_size: data cannot be verified without it";
                return Err(exception(&Error::new(ErrorKind::Usage, message)));
            }
            return Ok(None);
        }
        self.recipe().map(Some)
    }

    fn has_parts(&self) -> bool {
        self.dedup_ratio.is_some()
            || self.compress_ratio.is_some()
            || self.block_size.is_some()
            || self.tuned_for.is_some()
    }

    fn build(&self) -> dgen::Result<Recipe> {
        if let Some(text) = self.recipe {
            if self.seed.is_some() || self.has_parts() {
                let message =
                    "recipe: not to be combined with seed, dedup_ratio, compress_ratio, block_size or tuned_for";
                return Err(Error::new(ErrorKind::Usage, message));
            }
            return text.parse();
        }
        self.builder()?.build()
    }

    /// What the parts make.
    fn builder(&self) -> dgen::Result<RecipeBuilder> {
        let dedup = Ratio::from_f64("dedup_ratio", self.dedup_ratio.unwrap_or(1.0), MAX_DEDUP)?;
        let compress = Ratio::from_f64("compress_ratio", self.compress_ratio.unwrap_or(1.0), MAX_COMPRESS)?;
        let mut builder = match self.tuned_for {
            Some(name) => System::parse("tuned_for", name)?.fit(dedup, compress)?.builder(),
            None => Recipe::builder().dedup(dedup).compress(compress),
        };
        if let Some(Seed(seed)) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(Block(size)) = self.block_size {
            builder = builder.block_size(size);
        }
        Ok(builder)
    }
}

/// The recipe of ratios, a seed (else one is drawn) and a dedup unit (else the default).
pub(crate) fn recipe_of(
    ratios: (DedupRatio, CompressRatio),
    seed: Option<Seed>,
    block_size: Option<BlockSize>,
) -> PyResult<Recipe> {
    recipe_with(ratios, seed, block_size, None, Textured::default(), Duplicated::default())
}

/// The same for a storage system, where one is named, or of pages that hold what is asked for, and with duplicates that lie as
/// is asked.
pub(crate) fn recipe_with(
    (dedup_ratio, compress_ratio): (DedupRatio, CompressRatio),
    seed: Option<Seed>,
    block_size: Option<BlockSize>,
    tuned_for: Option<&str>,
    textured: Textured,
    duplicated: Duplicated,
) -> PyResult<Recipe> {
    let (dedup_ratio, compress_ratio) = (Some(dedup_ratio.0), Some(compress_ratio.0));
    let block = block_size.map_or(DEFAULT_BLOCK, |size| size.0);
    let block_size = block_size.map(|size| Block(size.0));
    let choice = Choice { recipe: None, seed, dedup_ratio, compress_ratio, block_size, tuned_for };
    let recipe = choice.builder().and_then(|builder| duplicated.of(textured.of(builder, tuned_for)?, block)?.build());
    recipe.map_err(|error| exception(&error))
}
