//! The options of the sweep, and the points they make.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use dgen::{Error, Result};
use dgen_io::{DirectMode, EngineChoice, MAX_DEPTH, MAX_WORKERS, RankShare, StreamRange};

use super::point::{Mode, Setting, Way};
use crate::args::{JsonArgs, PlaceArgs, RankArgs, ReportArgs, StreamArgs, own_paths, values};

const SIZE: u64 = 1 << 30;
const RUNTIME: Duration = Duration::from_secs(1);
const BUFFER_SIZES: [u64; 3] = [64 << 10, 512 << 10, 4 << 20];
const DEPTHS: [usize; 3] = [1, 8, 32];
const WRITERS: [usize; 2] = [1, 4];
const DIRECT: [DirectMode; 2] = [DirectMode::Auto, DirectMode::Off];

const READ_DIRECT: [DirectMode; 1] = [DirectMode::Auto];
/// Most rounds.
const MAX_ROUNDS: usize = 1000;

/// What to sweep. Lists are separated by commas, and each value is tried with all values of the others.
#[derive(Args, Debug)]
pub(crate) struct StorageArgs {
    /// File or block device to write to, or a folder, in which a file is made; what was made is removed at the end.
    /// With --mode read, a file or device that holds data is read as it is
    #[arg(value_name = "PATH")]
    pub(super) path: PathBuf,

    /// What to measure: write, read, or both, one after the other. What is read is written first, and never answered by
    /// the page cache at the first touch [default: write]
    #[arg(long, value_name = "MODE", value_parser = str::parse::<Mode>)]
    mode: Option<Mode>,

    /// Times that every point is measured, in turn; medians are reported [default: 1]. What leads is measured again until
    /// it was measured twice, or three times where a round took less than 0.5 s; the fastest writing point then by turns
    /// with pre-generated buffers, as many times as this says and at least 3
    #[arg(long, value_name = "N", value_parser = values::number("rounds", 1, MAX_ROUNDS), allow_hyphen_values = true)]
    rounds: Option<usize>,

    /// Most bytes of a point, of each rank [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    size: Option<u64>,

    /// Longest time of a point, durability aside: 30, 30s, 500ms, 5m or 1h [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = values::duration("runtime"), allow_hyphen_values = true)]
    runtime: Option<Duration>,

    /// Leave the file, which holds what the last run wrote
    #[arg(long)]
    pub(super) keep: bool,

    /// Write over existing data, and reports over files that hold something else; a mounted device stays refused
    #[arg(long)]
    pub(super) force: bool,

    /// Bytes of one I/O, a list [default: 64KiB,512KiB,4MiB]
    #[arg(long, value_name = "LIST", value_parser = values::positive_size("buffer size"), value_delimiter = ',', allow_hyphen_values = true, help_heading = "Sweep")]
    buffer_size: Vec<u64>,

    /// I/Os that each worker keeps in flight, a list [default: 1,8,32]
    #[arg(long, visible_alias = "iodepth", value_name = "LIST", value_parser = values::number("depth", 1, MAX_DEPTH), value_delimiter = ',', allow_hyphen_values = true, help_heading = "Sweep")]
    depth: Vec<usize>,

    /// Workers, a list [default: 1,4]
    #[arg(long, visible_alias = "num-writers", value_name = "LIST", value_parser = values::number("writers", 1, MAX_WORKERS), value_delimiter = ',', allow_hyphen_values = true, help_heading = "Sweep")]
    writers: Vec<usize>,

    /// Whether to bypass the page cache, a list of auto, on and off [default: auto,off for writes, auto for reads]
    #[arg(long, value_name = "LIST", value_parser = str::parse::<DirectMode>, value_delimiter = ',', help_heading = "Sweep")]
    direct: Vec<DirectMode>,

    /// How I/Os are issued: auto, io_uring, sync (for depth 1) or null (to /dev/null alone) [default: auto]
    #[arg(long, value_name = "NAME", value_parser = str::parse::<EngineChoice>, help_heading = "Sweep")]
    pub(super) engine: Option<EngineChoice>,

    #[command(flatten)]
    pub(super) stream: StreamArgs,

    #[command(flatten)]
    ranks: RankArgs,

    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) json: JsonArgs,

    #[command(flatten)]
    pub(super) report: ReportArgs,
}

impl StorageArgs {
    /// This process's share, where several measure at the same time: each has a file and a part of the stream of its own.
    pub(super) fn share(&mut self) -> Result<Option<RankShare>> {
        let Some(share) = self.ranks.share()? else { return Ok(None) };
        let own = own_paths(Some(&share), std::slice::from_ref(&self.path))?;
        if own[0] == self.path && !self.path.is_dir() {
            let accepted = "a folder, or a path with {rank} in it: each rank measures with a file of its own";
            return Err(Error::invalid("path", self.path.display(), accepted));
        }
        self.stream.check_shared(Some(&share))?;
        self.path.clone_from(&own[0]);
        (self.json, self.report) = (self.json.of(Some(&share))?, self.report.of(Some(&share))?);
        let begin = self.offset().checked_add(u64::from(share.rank).saturating_mul(self.size()));
        let begin = begin.ok_or_else(|| Error::invalid("offset", self.offset(), "what leaves room for all ranks"))?;
        self.stream.offset = Some(StreamRange::new(begin, self.size())?.offset);
        Ok(Some(share))
    }

    /// Stream offset of the first byte.
    pub(super) fn offset(&self) -> u64 {
        self.stream.offset.unwrap_or(0)
    }

    pub(super) fn size(&self) -> u64 {
        self.size.unwrap_or(SIZE)
    }

    pub(super) fn runtime(&self) -> Duration {
        self.runtime.unwrap_or(RUNTIME)
    }

    pub(super) fn rounds(&self) -> usize {
        self.rounds.unwrap_or(1)
    }

    /// All points.
    pub(super) fn settings(&self) -> Vec<Setting> {
        match self.mode.unwrap_or_default() {
            Mode::Write => self.settings_of(Way::Write),
            Mode::Read => self.settings_of(Way::Read),
            Mode::Both => [self.settings_of(Way::Write), self.settings_of(Way::Read)].concat(),
        }
    }

    /// All points of a mode, in an order in which neighbours differ little.
    fn settings_of(&self, way: Way) -> Vec<Setting> {
        let mut all = Vec::new();
        let direct: &[DirectMode] = if way == Way::Write { &DIRECT } else { &READ_DIRECT };
        for direct in or(&self.direct, direct) {
            for writers in or(&self.writers, &WRITERS) {
                for buffer_size in or(&self.buffer_size, &BUFFER_SIZES) {
                    for depth in or(&self.depth, &DEPTHS) {
                        let setting = Setting { way, direct, writers, buffer_size, depth };
                        if !all.contains(&setting) {
                            all.push(setting);
                        }
                    }
                }
            }
        }
        all
    }
}

fn or<T: Copy>(asked: &[T], default: &[T]) -> Vec<T> {
    if asked.is_empty() { default.to_vec() } else { asked.to_vec() }
}
