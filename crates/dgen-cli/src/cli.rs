//! The command line: which commands there are.

use clap::{Parser, Subcommand};

use crate::args::{
    CompareArgs, DatasetReadArgs, DatasetVerifyArgs, DatasetWriteArgs, InfoArgs, MeasureArgs, ReadArgs, RecvArgs,
    SendArgs, StreamCommandArgs, TellingArgs, VerifyArgs, WriteArgs,
};
use crate::bench::fill::FillArgs;
use crate::bench::numa::NumaArgs;
use crate::bench::process::member::MemberArgs;
use crate::bench::storage::StorageArgs;

/// Generates, writes, verifies and measures data with exact dedup and compression ratios.
///
/// Sizes are bytes with an optional unit: 64KiB and 64K are 65536, 64kB is 64000.
/// DGEN_THREADS sets the default of --threads, DGEN_KERNEL forces a kernel (see `dgen info`).
/// Exit codes: 0 done, 1 failed, 2 usage, 3 data differs from its recipe, 130 interrupted,
/// 141 the reader of a stream went before its end, 143 terminated.
#[derive(Debug, Parser)]
#[command(name = "dgen", version, verbatim_doc_comment, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) telling: TellingArgs,
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
    /// Data sets of many files that are one stream: write, verify, read as data loaders do
    #[command(subcommand)]
    Dataset(DatasetCommand),
    /// Generate data and send it to `dgen recv` over TCP
    Send(SendArgs),
    /// Receive what `dgen send` sends, compare it with its recipe, and say what was lost, repeated, moved or changed
    Recv(RecvArgs),
    /// Measure the dedup and compression ratios of any data
    Measure(MeasureArgs),
    /// Benchmarks
    #[command(subcommand)]
    Bench(BenchCommand),
    /// What was reported before
    #[command(subcommand)]
    Report(ReportCommand),
    /// Show the processor, the kernels, the topology and what the file system can do
    Info(InfoArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command into a folder
    Man {
        /// The folder, which is made where it does not exist
        folder: Option<std::path::PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum DatasetCommand {
    /// Write a data set into a folder, or bring the one in it to a later generation
    Write(DatasetWriteArgs),
    /// Compare every file of a data set with its manifest
    Verify(DatasetVerifyArgs),
    /// Read the samples of a data set in shuffled epochs, as a benchmark
    Read(DatasetReadArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Set two reports of the same kind side by side
    Compare(CompareArgs),
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
