//! Building a recipe from values.

use super::duplicates::{Duplicates, Early, Reuse, Runs};
use super::slices::{Slices, skip_beside};
use super::within::Within;
use super::{Dtype, Like, MAX_COMPRESS, MAX_DEDUP, Recipe, Texture, Tune, random_seed};
use crate::error::{Error, ErrorKind, Result};
use crate::ratio::Ratio;
use crate::share::Share;

impl Recipe {
    /// A builder with every value at its default and no seed yet.
    pub fn builder() -> RecipeBuilder {
        RecipeBuilder::default()
    }
}

/// Collects values and validates them once, in [`build`](Self::build).
#[derive(Clone, Debug, Default)]
pub struct RecipeBuilder {
    pub(super) seed: Option<u64>,
    block: Option<u64>,
    dedup: Option<Ratio>,
    window: Option<u64>,
    skip: Option<u64>,
    slices: Option<Slices>,
    duplicates: Duplicates,
    compress: Option<Ratio>,
    spread: Share,
    texture: Texture,
    dtype: Dtype,
    like: Like,
    tune: Tune,
}

impl RecipeBuilder {
    /// Sets the seed; without one, `build` draws it from the operating system.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the dedup unit in bytes: a multiple of 4096, up to 1 GiB.
    #[must_use]
    pub fn block_size(mut self, bytes: u64) -> Self {
        self.block = Some(bytes);
        self
    }

    /// Sets the dedup ratio exactly.
    #[must_use]
    pub fn dedup(mut self, ratio: Ratio) -> Self {
        self.dedup = Some(ratio);
        self
    }

    /// Sets the dedup ratio from a float, as the nearest rational with a denominator up to 1000.
    ///
    /// # Errors
    /// For values outside 1 to [`MAX_DEDUP`], NaN and infinities.
    pub fn dedup_ratio(self, ratio: f64) -> Result<Self> {
        Ok(self.dedup(Ratio::from_f64("dedup_ratio", ratio, MAX_DEDUP)?))
    }

    /// Sets the compress ratio exactly.
    #[must_use]
    pub fn compress(mut self, ratio: Ratio) -> Self {
        self.compress = Some(ratio);
        self
    }

    /// Sets the compress ratio from a float, as the nearest rational with a denominator up to 1000.
    ///
    /// # Errors
    /// For values outside 1 to [`MAX_COMPRESS`], NaN and infinities.
    pub fn compress_ratio(self, ratio: f64) -> Result<Self> {
        Ok(self.compress(Ratio::from_f64("compress_ratio", ratio, MAX_COMPRESS)?))
    }

    /// Sets the duplicate window in bytes.
    #[must_use]
    pub fn window(mut self, bytes: u64) -> Self {
        self.window = Some(bytes);
        self
    }

    /// Sets the most recent part of the window, in bytes, that duplicates skip.
    #[must_use]
    pub fn skip(mut self, bytes: u64) -> Self {
        self.skip = Some(bytes);
        self
    }

    /// Chooses the window so that slices of `bytes` bytes, whole blocks from the edge of a block on, have the dedup ratio,
    /// too: none has more than 1 / (1 - `tolerance`) as many distinct blocks as the ratio asks for. The window is the default
    /// where that is small enough; otherwise the largest that is, and what duplicates skip, unless set, a quarter of it at
    /// most.
    ///
    /// ```
    /// use dgen::{Recipe, Share};
    /// let tolerance = Share::new("tolerance", 1, 20)?;
    /// let recipe = Recipe::builder().seed(1).dedup_ratio(2.0)?.slices(1 << 30, tolerance).build()?;
    /// assert_eq!(recipe.to_string(), "dgen1,seed=0x1,dedup=2,window=26MiB,skip=6MiB");
    /// # Ok::<(), dgen::Error>(())
    /// ```
    #[must_use]
    pub fn slices(mut self, bytes: u64, tolerance: Share) -> Self {
        self.slices = Some(Slices { size: bytes, tolerance });
        self
    }

    /// Sets how the stream begins.
    #[must_use]
    pub fn early(mut self, early: Early) -> Self {
        self.duplicates.early = early;
        self
    }

    /// Sets which contents duplicates copy.
    #[must_use]
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.duplicates.reuse = reuse;
        self
    }

    /// Sets how many blocks in a row copy contents that lie in a row.
    #[must_use]
    pub fn runs(mut self, runs: Runs) -> Self {
        self.duplicates.runs = runs;
        self
    }

    /// Sets what part of the duplicates lies within one file or shard; `None` says nothing of files.
    #[must_use]
    pub fn within(mut self, within: Option<Within>) -> Self {
        self.duplicates.within = within;
        self
    }

    /// Sets how far pages lie from the compress ratio; their mean is exact.
    #[must_use]
    pub fn spread(mut self, spread: Share) -> Self {
        self.spread = spread;
        self
    }

    /// Sets the texture of pages.
    #[must_use]
    pub fn texture(mut self, texture: Texture) -> Self {
        self.texture = texture;
        self
    }

    /// Sets the type of the numbers in pages of tensors.
    #[must_use]
    pub fn dtype(mut self, dtype: Dtype) -> Self {
        self.dtype = dtype;
        self
    }

    /// Sets what the numbers in pages of tensors are distributed like.
    #[must_use]
    pub fn like(mut self, like: Like) -> Self {
        self.like = like;
        self
    }

    /// Sets the compressor that the compress ratio is calibrated for.
    #[must_use]
    pub fn tune(mut self, tune: Tune) -> Self {
        self.tune = tune;
        self
    }

    /// Validates everything and makes the recipe.
    ///
    /// # Errors
    /// Names the first bad value and its accepted range.
    pub fn build(self) -> Result<Recipe> {
        let seed = match self.seed {
            Some(seed) => seed,
            None => random_seed()?,
        };
        let default = Recipe::with_seed(seed);
        let (block, dedup) = (self.block.unwrap_or(default.block), self.dedup.unwrap_or(default.dedup));
        let (window, skip) = match self.slices {
            None => (self.window.unwrap_or(default.window), self.skip),
            Some(_) if self.window.is_some() => {
                return Err(Error::new(ErrorKind::Usage, "slice: not to be combined with window, which it chooses"));
            }
            Some(slices) => {
                let window = slices.window(dedup, block, &self.duplicates)?;
                (window, self.skip.or_else(|| Some(skip_beside(window, block))))
            }
        };
        let recipe = Recipe {
            seed,
            block,
            dedup,
            window,
            skip: skip.unwrap_or(default.skip),
            duplicates: self.duplicates,
            compress: self.compress.unwrap_or(default.compress),
            spread: self.spread,
            texture: self.texture,
            dtype: self.dtype,
            like: self.like,
            tune: self.tune,
        };
        recipe.check(skip.is_some())?;
        Ok(recipe)
    }
}
