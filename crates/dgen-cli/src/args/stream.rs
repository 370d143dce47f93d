//! The options that define a stream, and those of `dgen stream`.

use clap::Args;
use dgen::recipe::{DEFAULT_BLOCK, DEFAULT_SKIP, MAX_COMPRESS, MAX_DEDUP, MIN_WINDOW_BLOCKS};
use dgen::{Dtype, Error, ErrorKind, Like, Ratio, Recipe, Result, Stream, Texture, Tune};

use super::values;
use super::{PlaceArgs, ReplaceArgs, RunArgs};

/// The options that define a stream; on every command that needs one.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stream")]
pub(crate) struct StreamArgs {
    /// Seed; if absent, that of the file's own recipe, or else one drawn from the operating system and reported
    #[arg(long, value_name = "N", value_parser = values::seed("seed"), allow_hyphen_values = true)]
    seed: Option<u64>,

    /// Blocks per distinct block: 2, 1.5 or 3/2 [default: 1]
    #[arg(long, value_name = "R", value_parser = values::ratio("dedup ratio", MAX_DEDUP), allow_hyphen_values = true)]
    dedup_ratio: Option<Ratio>,

    /// Compress ratio of every 4 KiB page: 2, 1.5 or 3/2, up to 200 [default: 1]
    #[arg(long, value_name = "R", value_parser = values::ratio("compress ratio", MAX_COMPRESS), allow_hyphen_values = true)]
    compress_ratio: Option<Ratio>,

    /// Dedup unit, a multiple of 4 KiB up to 1 GiB [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("block size"), allow_hyphen_values = true)]
    block_size: Option<u64>,

    /// How pages are filled: repeat or zeros, which compress by the ratio asked for, or tensor, numbers of a type
    /// [default: repeat]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Texture>)]
    texture: Option<Texture>,

    /// With --texture tensor, type of the numbers: bf16, fp16, fp32, fp8 or int8 [default: bf16]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Dtype>)]
    dtype: Option<Dtype>,

    /// With --texture tensor, what they are distributed like: weights, grad, adam, kv or uniform [default: weights]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Like>)]
    like: Option<Like>,

    /// Compressor that the compress ratio is calibrated for: any, lz4, zstd, zlib or snappy [default: any]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Tune>)]
    tune: Option<Tune>,

    /// Duplicates copy one of the contents of the last so many bytes [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("window"), allow_hyphen_values = true)]
    window: Option<u64>,

    /// Most recent part of the window that duplicates skip [default: 8MiB, or a quarter of a smaller --window]
    #[arg(long, value_name = "SIZE", value_parser = values::size("skip"), allow_hyphen_values = true)]
    skip: Option<u64>,

    /// All of the above as one text, such as dgen1,seed=0x1f,dedup=3/2,compress=2
    #[arg(long, value_name = "RECIPE", value_parser = str::parse::<Recipe>, conflicts_with_all =
        ["seed", "dedup_ratio", "compress_ratio", "block_size", "texture", "dtype", "like", "tune", "window", "skip"])]
    recipe: Option<Recipe>,

    /// Version of the stream, from 0 to 2^32 - 1: other bytes in the same places, so that overwritten data is told from
    /// stale data; if absent, that of the file's own attributes, or else 0
    #[arg(long, value_name = "N", value_parser = values::version("stream version"), allow_hyphen_values = true)]
    pub(crate) stream_version: Option<u32>,

    /// Stream offset of the first byte [default: 0]
    #[arg(long, value_name = "SIZE", value_parser = values::size("offset"), allow_hyphen_values = true)]
    pub(crate) offset: Option<u64>,
}

impl StreamArgs {
    /// The recipe; draws a seed where none is given.
    pub(crate) fn recipe(&self) -> Result<Recipe> {
        if let Some(recipe) = self.recipe {
            return Ok(recipe);
        }
        let mut builder = Recipe::builder()
            .texture(self.texture.unwrap_or_default())
            .dtype(self.dtype.unwrap_or_default())
            .like(self.like.unwrap_or_default())
            .tune(self.tune.unwrap_or_default());
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(ratio) = self.dedup_ratio {
            builder = builder.dedup(ratio);
        }
        if let Some(ratio) = self.compress_ratio {
            builder = builder.compress(ratio);
        }
        if let Some(size) = self.block_size {
            builder = builder.block_size(size);
        }
        if let Some(size) = self.window {
            builder = builder.window(size);
        }
        if let Some(size) = self.skip() {
            builder = builder.skip(size);
        }
        builder.build()
    }

    /// What duplicates skip: beside a window alone, the default as far as a quarter of the window holds it.
    fn skip(&self) -> Option<u64> {
        let fits = |window: u64| {
            let block = self.block_size.unwrap_or(DEFAULT_BLOCK).max(1);
            let blocks = (window / block).max(MIN_WINDOW_BLOCKS);
            DEFAULT_SKIP.min((blocks / 4).saturating_mul(block))
        };
        self.skip.or_else(|| self.window.map(fits))
    }

    /// The stream; draws a seed where none is given.
    pub(crate) fn stream(&self) -> Result<Stream> {
        Ok(Stream::new(&self.recipe()?)?.version(self.stream_version.unwrap_or(0)))
    }

    /// Whether no option says anything of the recipe.
    pub(crate) fn is_unsaid(&self) -> bool {
        let none = |options: &[bool]| !options.contains(&true);
        let sizes = [self.block_size, self.window, self.skip].iter().any(Option::is_some);
        let ratios = [self.dedup_ratio, self.compress_ratio].iter().any(Option::is_some);
        let numbers = self.dtype.is_some() || self.like.is_some();
        let names = self.texture.is_some() || self.tune.is_some() || numbers;
        none(&[self.recipe.is_some(), self.seed.is_some(), sizes, ratios, names])
    }

    /// The recipe, if one is given: by any option, the seed among them.
    pub(crate) fn explicit_recipe(&self) -> Result<Option<Recipe>> {
        match (self.recipe, self.seed) {
            (None, None) if !self.is_unsaid() => {
                let message = "--seed is missing: other stream options do not say what existing data should be";
                Err(Error::new(ErrorKind::Usage, message))
            }
            (None, None) => Ok(None),
            _ => self.recipe().map(Some),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct StreamCommandArgs {
    /// Bytes to generate
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    pub(crate) size: u64,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}
