//! The options of `dgen dataset`.

use std::path::PathBuf;

use clap::Args;
use dgen::{Error, ErrorKind, Result, Share};
use dgen_dataset::{Changes, Checkpoint, Dtype, Format, Layout, Manifest, Shape, Sizes, SyncFiles};

use super::{RankArgs, ReplaceArgs, RunArgs, StreamArgs, values};

#[derive(Args, Debug)]
pub(crate) struct DatasetWriteArgs {
    /// The folder, which is made where it does not exist
    #[arg(value_name = "FOLDER")]
    pub(crate) path: PathBuf,

    #[command(flatten)]
    pub(crate) shape: ShapeArgs,

    #[command(flatten)]
    pub(crate) changes: ChangeArgs,

    /// When files are made durable: end (all together), file (each when it is written) or none
    #[arg(long, value_name = "WHEN", value_parser = sync, default_value = "end")]
    pub(crate) sync: SyncFiles,

    /// Compare what an interrupted run left, and write only what is not as it should be; without other options, what the
    /// manifest in the folder says
    #[arg(long)]
    pub(crate) resume: bool,

    /// Write into a folder that holds other files, over those of the same names; and a report over a file that holds
    /// something else
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    #[command(flatten)]
    pub(crate) ranks: RankArgs,

    /// How long ranks wait for rank 0 to make the manifest: 30s, 5m [default: 1m]
    #[arg(long, value_name = "TIME", value_parser = values::duration("rank-wait"), allow_hyphen_values = true, help_heading = "Ranks")]
    pub(crate) rank_wait: Option<std::time::Duration>,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// How many files, how large, in which format.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Files")]
pub(crate) struct ShapeArgs {
    /// Bytes of payload in all files
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    size: Option<u64>,

    /// Files; with --size, parts of equal size, else files of --file-size
    #[arg(long, value_name = "N", value_parser = values::number("count", 1, dgen_dataset::MAX_FILES as usize), allow_hyphen_values = true)]
    count: Option<usize>,

    /// Bytes of payload in each file: 1MiB; 4KiB:64MiB (drawn, each octave as likely as the others);
    /// uniform:1MiB:2MiB (drawn, each size as likely)
    #[arg(long, value_name = "SIZES", value_parser = str::parse::<Sizes>, allow_hyphen_values = true)]
    file_size: Option<Sizes>,

    /// The files of a model's checkpoint instead: 7b, 70b, 405b; weights and gradients of 2 bytes for each parameter,
    /// and 12 bytes of the optimizer's state, in a folder for each shard
    #[arg(long, value_name = "PARAMETERS", value_parser = str::parse::<Checkpoint>, conflicts_with_all = ["size", "count", "file_size"])]
    checkpoint: Option<Checkpoint>,

    /// Shards of the checkpoint [default: the ranks, or 8]
    #[arg(long, value_name = "N", value_parser = values::number("shards", 1, 1_000_000), requires = "checkpoint", allow_hyphen_values = true)]
    shards: Option<usize>,

    /// Most entries of a folder, 2 to 1000000 [default: 1000]
    #[arg(long, value_name = "N", value_parser = values::number("fan-out", 2, 1_000_000), allow_hyphen_values = true)]
    fan_out: Option<usize>,

    /// The format of the files: raw, npy, npz, parquet, tfrecord or safetensors [default: raw]
    #[arg(long, value_name = "FORMAT", value_parser = str::parse::<Format>)]
    format: Option<Format>,

    /// Bytes of a record (a sample, a row) in formats that have them; files hold whole records [default: 4KiB]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("record-size"), allow_hyphen_values = true)]
    record_size: Option<u64>,

    /// The type of the elements in npy, npz, safetensors and parquet: u8, i32, f32, bf16 ... [default: u8; that of a
    /// recipe of tensors]
    #[arg(long, value_name = "TYPE", value_parser = str::parse::<Dtype>)]
    element: Option<Dtype>,
}

/// What happens from one generation to the next.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Generations")]
pub(crate) struct ChangeArgs {
    /// The generation to write; a folder that holds an earlier one is brought to it
    #[arg(long, value_name = "N", value_parser = values::version("generation"), allow_hyphen_values = true)]
    pub(crate) generation: Option<u32>,

    /// Share of the files that get new bytes in place in each generation: 0.02 or 1/50 [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = values::share("edit"), allow_hyphen_values = true)]
    edit: Option<Share>,

    /// New files in each generation, as a share of those there are [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = values::share("insert"), allow_hyphen_values = true)]
    insert: Option<Share>,

    /// Share of the files that go in each generation [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = values::share("delete"), allow_hyphen_values = true)]
    delete: Option<Share>,

    /// Share of the files that get another name in each generation [default: 0]
    #[arg(long, value_name = "SHARE", value_parser = values::share("rename"), allow_hyphen_values = true)]
    rename: Option<Share>,

    /// Bytes of an edit, one run of whole blocks; files that are smaller, and those of formats other than raw, are written
    /// anew as a whole [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("edit-size"), allow_hyphen_values = true)]
    edit_size: Option<u64>,
}

#[derive(Args, Debug)]
pub(crate) struct DatasetVerifyArgs {
    /// The folder of the data set
    #[arg(value_name = "FOLDER")]
    pub(crate) path: PathBuf,

    /// Files to list, and damaged ranges of each
    #[arg(long, value_name = "N", value_parser = values::number("limit", 0, 1_000_000), default_value = "20", allow_hyphen_values = true)]
    pub(crate) limit: usize,

    /// Compare what the page cache holds, instead of dropping it first
    #[arg(long)]
    pub(crate) cached: bool,

    #[command(flatten)]
    pub(crate) ranks: RankArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DatasetReadArgs {
    /// The folder of the data set
    #[arg(value_name = "FOLDER")]
    pub(crate) path: PathBuf,

    /// Passes over all samples
    #[arg(long, value_name = "N", value_parser = values::number("epochs", 1, 1_000_000), default_value = "1", allow_hyphen_values = true)]
    pub(crate) epochs: usize,

    /// The seed of the order, another one in each epoch
    #[arg(long, value_name = "N", value_parser = values::seed("shuffle-seed"), default_value = "0", allow_hyphen_values = true)]
    pub(crate) shuffle_seed: u64,

    /// Read in the order of the data
    #[arg(long, conflicts_with = "shuffle_seed")]
    pub(crate) no_shuffle: bool,

    /// Bytes of a sample [default: the records of the format, and whole files of raw]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("record-size"), allow_hyphen_values = true)]
    pub(crate) record_size: Option<u64>,

    /// Samples that a thread takes at a time
    #[arg(long, value_name = "N", value_parser = values::number("batch-size", 1, 1 << 20), default_value = "1", allow_hyphen_values = true)]
    pub(crate) batch_size: usize,

    /// Compare each sample with what it should be
    #[arg(long)]
    pub(crate) verify: bool,

    /// Read what the page cache holds, instead of dropping it before the first epoch
    #[arg(long)]
    pub(crate) cached: bool,

    #[command(flatten)]
    pub(crate) ranks: RankArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}

fn sync(text: &str) -> Result<SyncFiles> {
    match text {
        "end" => Ok(SyncFiles::End),
        "file" => Ok(SyncFiles::File),
        "none" => Ok(SyncFiles::None),
        _ => Err(Error::invalid("sync", format_args!("`{text}`"), "end, file, none")),
    }
}

impl DatasetWriteArgs {
    /// The data set that is asked for: by the options, or, where none says anything of it, by the manifest in the folder.
    pub(crate) fn layout(&self, ranks: Option<u32>) -> Result<(Layout, u32)> {
        let found = Manifest::read(&self.path)?;
        if self.stream.stream_version.is_some() {
            let message =
                "--stream-version is not for data sets, whose generations are the versions: take --generation";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        if let Some(found) = found.filter(|_| self.shape.is_unsaid()) {
            return self.known(&found);
        }
        let mut layout = Layout::new(self.stream.recipe()?, self.shape.shape(ranks)?);
        layout.offset = self.stream.offset.unwrap_or(0);
        self.shape.finish(&mut layout);
        layout.changes = self.changes.over(Changes::default())?;
        Ok((layout, self.changes.generation.unwrap_or(0)))
    }

    /// The data set in the folder, in the generation that is asked for.
    fn known(&self, found: &Manifest) -> Result<(Layout, u32)> {
        if self.stream.explicit_recipe()?.is_some_and(|recipe| recipe != found.layout.recipe) {
            let message = format!("{}: holds a data set of {}", self.path.display(), found.layout.recipe);
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let mut layout = found.layout;
        let asked = self.changes.over(layout.changes)?;
        // The first changes of a data set may be said when they are made.
        let is_first = layout.changes == Changes::default() && found.generation == 0;
        if asked != layout.changes && !is_first {
            let message = format!("{}: its generations are made with {}", self.path.display(), layout.changes);
            return Err(Error::new(ErrorKind::Refused, message));
        }
        layout.changes = asked;
        Ok((layout, self.changes.generation.unwrap_or(found.generation)))
    }
}

impl ShapeArgs {
    pub(crate) fn is_unsaid(&self) -> bool {
        let numbers = [self.count, self.shards, self.fan_out].iter().all(Option::is_none);
        let sizes = self.size.is_none() && self.file_size.is_none() && self.record_size.is_none();
        numbers && sizes && self.checkpoint.is_none() && self.format.is_none() && self.element.is_none()
    }

    fn shape(&self, ranks: Option<u32>) -> Result<Shape> {
        let count = self.count.map(|count| count as u64);
        match (self.checkpoint, self.size, count, self.file_size) {
            (Some(model), ..) => {
                let shards = self.shards.map_or_else(|| u64::from(ranks.unwrap_or(8)), |shards| shards as u64);
                Ok(Shape::Checkpoint { model, shards })
            }
            (None, None, Some(count), Some(sizes)) => Ok(Shape::Files { count, sizes }),
            (None, Some(size), None, Some(sizes)) => Ok(Shape::Total { size, sizes }),
            (None, Some(size), Some(count), None) => Ok(Shape::Parts { count, size }),
            (None, Some(_), Some(_), Some(_)) => {
                let message = "--size, --count and --file-size say too much: give two of them";
                Err(Error::new(ErrorKind::Usage, message))
            }
            _ => {
                let message = "what to write is missing: give two of --size, --count and --file-size, or --checkpoint";
                Err(Error::new(ErrorKind::Usage, message))
            }
        }
    }

    fn finish(&self, layout: &mut Layout) {
        layout.fan_out = self.fan_out.map_or(layout.fan_out, |fan_out| fan_out as u64);
        layout.format = self.format.unwrap_or_default();
        layout.record = self.record_size;
        let of_tensors = layout.recipe.texture() == dgen::Texture::Tensor;
        let own = if of_tensors { layout.recipe.dtype().into() } else { Dtype::default() };
        layout.dtype = self.element.unwrap_or(own);
    }
}

impl ChangeArgs {
    /// These changes, with what is not said taken from others.
    fn over(&self, others: Changes) -> Result<Changes> {
        Changes {
            edit: self.edit.unwrap_or(others.edit),
            insert: self.insert.unwrap_or(others.insert),
            delete: self.delete.unwrap_or(others.delete),
            rename: self.rename.unwrap_or(others.rename),
            edit_size: self.edit_size.unwrap_or(others.edit_size),
        }
        .checked()
    }
}
