//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use dgen_io::{DirectMode, MAX_FILES, MAX_GENERATORS, MAX_WORKERS, SyncMode};

use crate::bench::fill::FillArgs;
use crate::bench::numa::NumaArgs;
use crate::bench::process::member::MemberArgs;
use crate::bench::storage::StorageArgs;
use crate::io_args::{AdviseArgs, AutoArgs, DirectArgs, EngineArgs, IoArgs, QueueArgs};
use crate::measure_args::MeasureArgs;
use crate::report::ReportArgs;
use crate::running_args::{JsonArgs, PlaceArgs, RunArgs};
use crate::stream_args::StreamArgs;
use crate::values::{self, AutoNumber};

/// Generates, writes, verifies and measures data with exact dedup and compression ratios.
///
/// Sizes are bytes with an optional unit: 64KiB and 64K are 65536, 64kB is 64000.
/// DGEN_THREADS sets the default of --threads, DGEN_KERNEL forces a kernel (see `dgen info`).
/// Exit codes: 0 done, 1 failed, 2 usage, 3 data differs from its recipe, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "dgen", version, verbatim_doc_comment, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Generate data and write it to files or devices
    Write(WriteArgs),
    /// Read files or devices as a benchmark
    Read(ReadArgs),
    /// Compare files with their recipes, and say what kind of damage there is
    Verify(VerifyArgs),
    /// Generate data to standard output
    Stream(StreamCommandArgs),
    /// Measure the dedup and compression ratios of any data
    Measure(MeasureArgs),
    /// Benchmarks
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Show the processor, the kernels, the topology and what the file system can do
    Info(InfoArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum BenchCommand {
    /// Generate into memory, beside the rate of plain memory stores
    Fill(FillArgs),
    /// Generate into memory with one process per memory node, all at the same time
    Numa(NumaArgs),
    /// One process of another benchmark
    #[command(hide = true)]
    Process(MemberArgs),
    /// Write or read with every combination of block size, depth, workers and path, and mark the fastest
    Storage(StorageArgs),
}

#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub(crate) struct WriteArgs {
    /// Files or block devices, which get consecutive parts of the stream; - is standard output
    #[arg(required_unless_present = "output", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Another way to name a path
    #[arg(long, value_name = "PATH")]
    pub(crate) output: Vec<PathBuf>,

    /// Bytes over all paths; with --resume, those that the files' own attributes name if absent
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("--size"), allow_hyphen_values = true, required_unless_present = "resume")]
    pub(crate) size: Option<u64>,

    /// Write so many files into PATH, a folder, which is made where it is absent: dgen-000000 and so on, 1 to 1000000
    #[arg(long, value_name = "N", value_parser = values::number("--files", 1, MAX_FILES), allow_hyphen_values = true)]
    pub(crate) files: Option<usize>,

    /// Write over existing data; a mounted device stays refused
    #[arg(long)]
    pub(crate) force: bool,

    /// Continue an interrupted write: read and compare what is there, and write from the first wrong byte on. Recipe and
    /// range are those of the files' attributes, or the same options as for the first write. Without --force, only zeros
    /// and right data are written over
    #[arg(long)]
    pub(crate) resume: bool,

    /// Write behind the end of PATH, a regular file, whatever it holds; those bytes are never touched. Where it carries the
    /// same recipe (its own, if none is given) and its range ends with it, the stream goes on there
    #[arg(long)]
    pub(crate) append: bool,

    /// Share of the I/Os that read back and compare, 0 to 100: what this run has written before, or anything, where PATH
    /// carries the same recipe (its own, if none is given) and range; it is then written over in place. 100 reads alone
    #[arg(long, visible_alias = "rwmixread", value_name = "P", value_parser = values::number("--read-percent", 0, 100), allow_hyphen_values = true, default_value = "0", hide_default_value = true)]
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
    #[arg(long, visible_alias = "num-writers", value_name = "N", value_parser = values::number("--writers", 1, MAX_WORKERS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) writers: Option<usize>,

    /// Threads that fill buffers beside the workers: auto (as storage waits for data, as many as --threads or the machine
    /// leave), or 0 to 1024 from the beginning [default: auto]
    #[arg(long, value_name = "N", value_parser = values::number_or_auto("--generators", 0, MAX_GENERATORS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) generators: Option<AutoNumber>,

    /// When to make data durable: end, none, or each time this many bytes are written
    #[arg(long, value_name = "WHEN", value_parser = str::parse::<SyncMode>, default_value = "end", allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) sync: SyncMode,

    /// Do not reserve the space before writing
    #[arg(long, overrides_with = "preallocate", help_heading = "I/O")]
    pub(crate) no_preallocate: bool,

    /// Reserve the space before writing, where the file system can; the default
    #[arg(long, overrides_with = "no_preallocate", help_heading = "I/O")]
    preallocate: bool,

    #[command(flatten)]
    pub(crate) auto: AutoArgs,

    #[command(flatten)]
    pub(crate) engine: EngineArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ReadArgs {
    /// Files, block devices or folders, of which all files are read, in order of name
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Bytes over all paths [default: all]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("--size"), allow_hyphen_values = true)]
    pub(crate) size: Option<u64>,

    #[command(flatten)]
    pub(crate) io: IoArgs,

    #[command(flatten)]
    pub(crate) direct: DirectArgs,

    #[command(flatten)]
    pub(crate) advise: AdviseArgs,

    /// Workers, 1 to 1024 [default: the threads, at most 4]
    #[arg(long, value_name = "N", value_parser = values::number("--readers", 1, MAX_WORKERS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) readers: Option<usize>,

    #[command(flatten)]
    pub(crate) auto: AutoArgs,

    #[command(flatten)]
    pub(crate) engine: EngineArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Files, block devices or folders, of which all files are verified; - is standard input. Files that dgen wrote carry their
    /// recipe and range
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Bytes over all paths; needed where files carry no recipe
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("--size"), allow_hyphen_values = true)]
    pub(crate) size: Option<u64>,

    /// Seed of an earlier stream, whose pages are then called stale; may be repeated
    #[arg(long, value_name = "N", value_parser = values::seed("--stale-seed"), value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) stale_seed: Vec<u64>,

    /// Damaged ranges to list
    #[arg(long, value_name = "N", value_parser = values::number("--limit", 0, 1_000_000), default_value = "20", allow_hyphen_values = true)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    #[command(flatten)]
    pub(crate) io: IoArgs,

    /// Whether to bypass the page cache: auto, on or off. Through it, what was just written is compared without being read
    /// from the device
    #[arg(long, value_name = "MODE", value_parser = str::parse::<DirectMode>, default_value = "off", help_heading = "I/O")]
    pub(crate) direct: DirectMode,

    #[command(flatten)]
    pub(crate) advise: AdviseArgs,

    /// Workers, 1 to 1024, each of which reads and compares [default: the threads; at most 4 with a queue of direct I/O]
    #[arg(long, value_name = "N", value_parser = values::number("--readers", 1, MAX_WORKERS), allow_hyphen_values = true, help_heading = "I/O")]
    pub(crate) readers: Option<usize>,

    #[command(flatten)]
    pub(crate) queue: QueueArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Args, Debug)]
pub(crate) struct StreamCommandArgs {
    /// Bytes to generate
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("--size"), allow_hyphen_values = true)]
    pub(crate) size: u64,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Args, Debug)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    pub(crate) json: JsonArgs,
}
