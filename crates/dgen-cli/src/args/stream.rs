//! The options that define a stream, and those of `dgen stream`.

use clap::Args;
use dgen::recipe::{DEFAULT_BLOCK, MAX_COMPRESS, MAX_DEDUP, skip_beside};
use dgen::units::exact_size;
use dgen::{
    Dtype, Early, Error, ErrorKind, Like, Ratio, Recipe, RecipeBuilder, Result, Reuse, Runs, Share, Stream, System,
    Texture, Tune, Within,
};
use dgen_io::RankShare;

use super::values::{self, Slice};
use super::{PlaceArgs, RankArgs, ReplaceArgs, RunArgs};
use crate::output::complain;

/// The options that define a stream; on every command that needs one.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stream")]
pub(crate) struct StreamArgs {
    /// Seed [default: one drawn from the operating system and reported]
    #[arg(long, value_name = "N", value_parser = values::seed("seed"), allow_hyphen_values = true)]
    seed: Option<u64>,

    /// Blocks per distinct block: 2, 1.5 or 3/2 [default: 1]
    #[arg(long, value_name = "R", value_parser = values::ratio("dedup ratio", MAX_DEDUP), allow_hyphen_values = true)]
    dedup_ratio: Option<Ratio>,

    /// Compress ratio of every 4 KiB page, or with --spread of all together: 2, 1.5 or 3/2, up to 200 [default: 1]
    #[arg(long, value_name = "R", value_parser = values::ratio("compress ratio", MAX_COMPRESS), allow_hyphen_values = true)]
    compress_ratio: Option<Ratio>,

    /// Dedup unit, a multiple of 4 KiB up to 1 GiB [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size("block size"), allow_hyphen_values = true)]
    block_size: Option<u64>,

    /// Storage system to make data for, such as btrfs, zfs:128KiB, vdo or zstd:9 (`dgen info --for` lists them): chooses
    /// --texture, --tune, --spread and the stored compress ratio, so that what is allocated there is what the two ratios
    /// ask for, and prints the recipe
    #[arg(long = "for", value_name = "SYSTEM", value_parser = str::parse::<System>, conflicts_with_all =
        ["spread", "texture", "dtype", "like", "tune"])]
    system: Option<System>,

    /// How far compressed sizes of pages lie from their mean, from 0 (all alike) to 1; 0.7 is like much real data
    #[arg(long, value_name = "S", value_parser = values::share("spread"), allow_hyphen_values = true)]
    spread: Option<Share>,

    /// How pages are filled: repeat (long matches, which suit all LZ compressors alike), zeros (for Parquet), lz (literals
    /// and short matches as in real data, for one --tune: lz4, zstd or zlib; for btrfs's sampling, bzip2, blosc, accelerated
    /// LZ4, and tests of speed), text (words and lines, for one --tune too; for what reads lines or counts bytes), all by the
    /// compress ratio, or tensor, numbers of a type [default: repeat]
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

    /// Choose --window so that each SIZE of the data, from the edge of a block on, has the dedup ratio, too, within the share S
    /// [default: 0.05]; prints the recipe
    #[arg(long, value_name = "SIZE[:S]", value_parser = values::slice("slice"), allow_hyphen_values = true, conflicts_with = "window")]
    slice: Option<Slice>,

    /// How the stream begins: exact (the dedup ratio from the first block on) or apart (all new at first, so that no
    /// duplicate is nearer than --skip) [default: exact]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<Early>)]
    early: Option<Early>,

    /// Which contents duplicates copy: uniform, recent:SIZE (the newest), zipf:EXPONENT (some often) or fixed (all equally
    /// often) [default: uniform]
    #[arg(long, value_name = "HOW", value_parser = str::parse::<Reuse>)]
    reuse: Option<Reuse>,

    /// Blocks in a row that copy contents in a row: a number, or the least and the most as 4-16 [default: 1]
    #[arg(long, value_name = "N-N", value_parser = str::parse::<Runs>, allow_hyphen_values = true)]
    runs: Option<Runs>,

    /// Shards, or files, of SIZE bytes: the share S of the duplicates copies contents of the same shard, the others those of
    /// earlier shards [default: duplicates know no shards]
    #[arg(long, value_name = "SIZE:S", value_parser = str::parse::<Within>)]
    within: Option<Within>,

    /// All of the above as one text, such as dgen1,seed=0x1f,dedup=3/2,compress=2
    #[arg(long, value_name = "RECIPE", value_parser = str::parse::<Recipe>, conflicts_with_all =
        ["seed", "dedup_ratio", "compress_ratio", "block_size", "system", "spread", "texture", "dtype", "like", "tune",
        "window", "skip", "slice", "early", "reuse", "runs", "within"])]
    recipe: Option<Recipe>,

    /// Version of the stream, from 0 to 2^32 - 1: other bytes in the same places, so that overwritten data is told from
    /// stale data [default: 0]
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
        let mut builder = self.ratios()?;
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
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
        if let Some(Slice { size, tolerance }) = self.slice {
            builder = builder.slices(size, tolerance);
        }
        let recipe = builder
            .early(self.early.unwrap_or_default())
            .reuse(self.reuse.unwrap_or_default())
            .runs(self.runs.unwrap_or_default())
            .within(self.within)
            .build()?;
        if let Some(system) = &self.system {
            complain(&format!("for {system}: {recipe}"));
        }
        if let Some(slice) = &self.slice {
            complain(&format!("for slices of {}: {recipe}", exact_size(slice.size)));
        }
        Ok(recipe)
    }

    /// What the ratios ask for: as they are, or as a system needs it.
    fn ratios(&self) -> Result<RecipeBuilder> {
        let (dedup, compress) = (self.dedup_ratio.unwrap_or(Ratio::ONE), self.compress_ratio.unwrap_or(Ratio::ONE));
        if let Some(system) = &self.system {
            let fit = system.fit(dedup, compress)?;
            for note in &fit.notes {
                complain(note);
            }
            return Ok(fit.builder());
        }
        let builder = Recipe::builder().dedup(dedup).compress(compress).spread(self.spread.unwrap_or_default());
        Ok(builder
            .texture(self.texture.unwrap_or_default())
            .dtype(self.dtype.unwrap_or_default())
            .like(self.like.unwrap_or_default())
            .tune(self.tune.unwrap_or_default()))
    }

    /// What duplicates skip: beside a window alone, the default as far as a quarter of the window holds it.
    fn skip(&self) -> Option<u64> {
        let fits = |window| skip_beside(window, self.block_size.unwrap_or(DEFAULT_BLOCK));
        self.skip.or_else(|| self.window.map(fits))
    }

    /// The stream; draws a seed where none is given.
    pub(crate) fn stream(&self) -> Result<Stream> {
        Ok(Stream::new(&self.recipe()?)?.version(self.stream_version.unwrap_or(0)))
    }

    /// Whether the seed is one that is drawn.
    pub(crate) fn is_seed_unsaid(&self) -> bool {
        self.seed.is_none() && self.recipe.is_none()
    }

    /// Whether no option says anything of the recipe.
    pub(crate) fn is_unsaid(&self) -> bool {
        let none = |options: &[bool]| !options.contains(&true);
        let sizes = [self.block_size, self.window, self.skip].iter().any(Option::is_some);
        let ratios = [self.dedup_ratio, self.compress_ratio].iter().any(Option::is_some);
        let numbers = self.dtype.is_some() || self.like.is_some();
        let names =
            self.system.is_some() || self.spread.is_some() || self.texture.is_some() || self.tune.is_some() || numbers;
        let duplicates = self.early.is_some() || self.reuse.is_some() || self.runs.is_some();
        let duplicates = duplicates || self.within.is_some() || self.slice.is_some();
        none(&[self.recipe.is_some(), self.seed.is_some(), sizes, ratios, names, duplicates])
    }

    /// Refuses a seed that each of several ranks would draw for itself.
    pub(crate) fn check_shared(&self, share: Option<&RankShare>) -> Result<()> {
        if share.is_some() && self.seed.is_none() && self.recipe.is_none() {
            let message = "--seed or --recipe is missing: ranks that share a stream must all name the same one";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        Ok(())
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
    pub(crate) ranks: RankArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}
