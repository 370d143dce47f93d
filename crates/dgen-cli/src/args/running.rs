//! The options of how to run, on most commands.

use std::path::PathBuf;

use clap::Args;
use dgen::Recipe;
use dgen::driver::{MAX_THREADS, Team};
use dgen::placement::{NumaMode, Placement, PlacementOptions, parse_node};
use dgen_io::RankShare;

use super::{own_report, values};
use crate::output::STDOUT;

/// On every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Running")]
pub(crate) struct RunArgs {
    /// Threads, 1 to 4096 [default: DGEN_THREADS, or what the machine allows]
    #[arg(long, visible_alias = "max-threads", value_name = "N", value_parser = values::number("threads", 1, MAX_THREADS), allow_hyphen_values = true)]
    pub(crate) threads: Option<usize>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}

/// Where threads run and memory lies, on machines with several memory nodes.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Running")]
pub(crate) struct PlaceArgs {
    /// When threads and memory are placed on memory nodes: auto (where there is more than one), force (or fail), uma or
    /// disabled [default: auto]
    #[arg(long, value_name = "MODE", value_parser = str::parse::<NumaMode>)]
    numa_mode: Option<NumaMode>,

    /// The one memory node whose processors and memory to use [default: all of them]
    #[arg(long, value_name = "NODE", value_parser = parse_node, allow_hyphen_values = true)]
    numa_node: Option<u32>,

    /// Use one processor of each physical core
    #[arg(long)]
    physical_cores: bool,
}

impl PlaceArgs {
    pub(crate) fn options(self) -> PlacementOptions {
        let mut options = PlacementOptions::new(self.numa_mode.unwrap_or_default(), self.numa_node);
        options.physical_cores = self.physical_cores;
        options
    }

    /// So many threads, or those that suit it.
    pub(crate) fn team(self, threads: Option<usize>) -> dgen::Result<Team> {
        Team::new(threads, Placement::new(self.options())?)
    }
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Running")]
pub(crate) struct JsonArgs {
    /// Report as JSON: to standard output instead of text, or to FILE beside it
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = STDOUT)]
    pub(crate) json: Option<PathBuf>,
}

impl JsonArgs {
    /// The same with the path of a rank.
    pub(crate) fn of(&self, share: Option<&RankShare>) -> dgen::Result<Self> {
        Ok(Self { json: own_report(share, "json", self.json.as_deref())? })
    }
}

/// On commands that write nothing but reports.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ReplaceArgs {
    /// Write a report over a file that holds something else
    #[arg(long, help_heading = "Report")]
    pub(crate) force: bool,
}

/// The options of `dgen info`.
#[derive(Args, Debug)]
pub(crate) struct InfoArgs {
    /// List the systems that --for of other commands makes data for, instead of this machine
    #[arg(long = "for")]
    pub(crate) systems: bool,

    /// Tell what is to be expected of a recipe's data, instead of this machine: its ratios, and what the chunkers of backup
    /// tools find of its duplicates
    #[arg(long, value_name = "RECIPE", value_parser = str::parse::<Recipe>, conflicts_with = "systems")]
    pub(crate) recipe: Option<Recipe>,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,

    #[command(flatten)]
    pub(crate) json: JsonArgs,
}
