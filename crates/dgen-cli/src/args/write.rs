//! The options of `dgen write`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use dgen::{Error, ErrorKind, Result};
use dgen_io::{MAX_FILES, MAX_GENERATORS, MAX_WORKERS, SyncMode, files_of};

use super::values::{self, AutoNumber};
#[cfg(feature = "object")]
use super::{AccessArgs, ObjectArgs};
use super::{
    AutoArgs, DirectArgs, EngineArgs, FormatArgs, IoArgs, PlaceArgs, RankArgs, ReportArgs, RunArgs, StreamArgs,
};

#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub(crate) struct WriteArgs {
    /// Files or block devices, which get consecutive parts of the stream; - is standard output. Or objects: s3://BUCKET/KEY,
    /// gs://BUCKET/KEY, az://CONTAINER/KEY or file:///PATH
    #[arg(required_unless_present = "output", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Another way to name a path
    #[arg(long, value_name = "PATH")]
    pub(crate) output: Vec<PathBuf>,

    /// Bytes over all paths; with --resume, those that the files' own attributes name if absent, unless the files would grow
    /// by more than they hold (or 1 GiB), or have no room for it
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    #[cfg_attr(feature = "object", arg(required_unless_present_any = ["resume", "file_size", "object_size"]))]
    #[cfg_attr(not(feature = "object"), arg(required_unless_present_any = ["resume", "file_size"]))]
    pub(crate) size: Option<u64>,

    /// Write so many files into PATH, a folder, which is made where it is absent: dgen-000000 and so on, 1 to 1000000
    #[arg(long, value_name = "N", value_parser = values::number("files", 1, MAX_FILES), allow_hyphen_values = true)]
    pub(crate) files: Option<usize>,

    /// Bytes of each file: with --files, or with --size, which then says how many files there are, of which the last may be
    /// smaller. Each begins at a block of the stream, so that blocks and pages lie in files as they do in the stream. Ratios are
    /// those of the stream with whole blocks: what lies behind a file in its last block is in no file
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("file size"), allow_hyphen_values = true)]
    pub(crate) file_size: Option<u64>,

    /// Write over existing data, and reports over files that hold something else; a mounted device stays refused. Needless
    /// for empty files, and for what an earlier run of the same recipe, range and number of files has left untouched
    #[arg(long)]
    pub(crate) force: bool,

    /// Continue an interrupted write: read and compare what is there, and write from the first wrong byte on. Recipe and
    /// range are those of the files' attributes, or the same options as for the first write. Without --force, only zeros
    /// and right data are written over; nothing is cut off before it is written anew
    #[arg(long)]
    pub(crate) resume: bool,

    /// Write behind the end of PATH, a regular file, whatever it holds; those bytes are never touched. Where it carries the
    /// same recipe (its own, if none is given) and its range ends with it, the stream goes on there. One that was
    /// interrupted is completed by --resume, or, where it has written nothing, by appending as much again
    #[arg(long)]
    pub(crate) append: bool,

    /// Share of the I/Os that read back and compare, 0 to 100: what this run has written before, or anything, where PATH
    /// carries the same recipe (its own, if none is given) and range; it is then written over in place. 100 reads alone
    #[arg(long, visible_alias = "rwmixread", value_name = "P", value_parser = values::number("read percent", 0, 100), allow_hyphen_values = true, default_value = "0", hide_default_value = true)]
    pub(crate) read_percent: usize,

    /// Read back what was written and compare it: with direct I/O where the file system has it, else after dropping its
    /// pages from the cache. Exit code 3 if it differs
    #[arg(long)]
    pub(crate) verify: bool,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    #[command(flatten)]
    pub(crate) io: IoArgs,

    #[command(flatten)]
    pub(crate) direct: DirectArgs,

    /// Workers, 1 to 1024, each of which generates and writes [default: the threads, at most 4]
    #[arg(long, visible_alias = "num-writers", value_name = "N", value_parser = values::number("writers", 1, MAX_WORKERS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) writers: Option<usize>,

    /// Threads that fill buffers beside the workers: auto (as storage waits for data, as many as --threads or the machine
    /// leave), or 0 to 1024 from the beginning [default: auto]
    #[arg(long, value_name = "N", value_parser = values::number_or_auto("generators", 0, MAX_GENERATORS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) generators: Option<AutoNumber>,

    /// When to make data durable: end, none, or each time this many bytes are written
    #[arg(long, value_name = "WHEN", value_parser = str::parse::<SyncMode>, default_value = "end", allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) sync: SyncMode,

    /// Do not reserve the space before writing
    #[arg(long, overrides_with = "preallocate", help_heading = "I/O")]
    pub(crate) no_preallocate: bool,

    /// Reserve the space before writing, where the file system can and is not in memory; the default
    #[arg(long, overrides_with = "no_preallocate", help_heading = "I/O")]
    preallocate: bool,

    #[command(flatten)]
    pub(crate) auto: AutoArgs,

    #[command(flatten)]
    pub(crate) engine: EngineArgs,

    #[command(flatten)]
    pub(crate) ranks: RankArgs,

    /// How long to wait for rank 0 to make files that are shared [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = values::duration("rank wait"), allow_hyphen_values = true, help_heading = "Ranks")]
    pub(crate) rank_wait: Option<Duration>,

    #[cfg(feature = "object")]
    #[command(flatten)]
    pub(crate) objects: ObjectArgs,

    #[cfg(feature = "object")]
    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

impl WriteArgs {
    /// Takes the number of files from their size, or the size from their number.
    /// Fails where neither is given.
    pub(crate) fn complete(&mut self) -> Result<()> {
        let Some(each) = self.file_size else { return Ok(()) };
        match (self.files, self.size) {
            (Some(files), None) => {
                let size = each.checked_mul(files as u64);
                let too_large =
                    || Error::invalid("file size", each, &format!("sizes of which {files} files can exist"));
                self.size = Some(size.ok_or_else(too_large)?);
            }
            (None, Some(size)) => self.files = Some(files_of(size, each)?),
            (Some(_), Some(_)) => {}
            (None, None) => {
                return Err(Error::new(ErrorKind::Usage, "--file-size needs --files or --size beside it"));
            }
        }
        Ok(())
    }
}
