//! One point of the sweep.

use std::fmt;
use std::sync::Arc;

use dgen::units::exact_size;
use dgen::{Recipe, Result, Stream};
use dgen_io::{Bound, DirectMode, IoOptions, Latency, Live, WriteOptions, WriteReport};
use serde::Serialize;

use super::args::StorageArgs;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) direct: DirectMode,
    pub(super) writers: usize,
    pub(super) buffer_size: u64,
    pub(super) depth: usize,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Point {
    #[serde(skip)]
    pub(super) setting: Setting,
    /// Bytes of an I/O that were asked for.
    pub(super) buffer_size: u64,
    /// I/Os in flight of each worker that were asked for, and those that there were.
    pub(super) depth: usize,
    pub(super) actual_depth: usize,
    /// Workers that were asked for, and those that there were.
    pub(super) writers: usize,
    pub(super) actual_writers: usize,
    pub(super) direct: bool,
    pub(super) direct_reason: String,
    pub(super) engine: &'static str,
    pub(super) bytes_written: u64,
    pub(super) elapsed_ns: u64,
    pub(super) bytes_per_s: f64,
    pub(super) iops: f64,
    pub(super) latency_ns: Latency,
    pub(super) verdict: Bound,
    pub(super) generation_bound: f64,
    pub(super) storage_bound: f64,
    pub(super) cpu_seconds_per_gib: Option<f64>,
    pub(super) best: bool,
}

/// What one point writes; a file of the sweep's own is written over.
pub(super) fn options(
    args: &StorageArgs,
    recipe: &Recipe,
    setting: &Setting,
    ours: bool,
    live: &Arc<Live>,
) -> Result<WriteOptions> {
    let mut options = WriteOptions::new(Stream::new(recipe)?, args.size());
    options.offset = args.stream.offset.unwrap_or(0);
    options.buffer_size = Some(setting.buffer_size);
    options.writers = Some(setting.writers);
    options.direct = setting.direct;
    options.force = args.force || ours;
    let mut io = IoOptions::default();
    io.engine = args.engine.unwrap_or_default();
    io.depth = Some(setting.depth);
    io.time_limit = Some(args.runtime());
    io.placement = args.place.options();
    io.live = Some(Arc::clone(live));
    options.io = io;
    Ok(options)
}

impl Point {
    pub(super) fn new(setting: &Setting, report: &WriteReport) -> Self {
        let run = &report.run;
        Self {
            setting: *setting,
            buffer_size: setting.buffer_size,
            depth: setting.depth,
            actual_depth: run.depth,
            writers: setting.writers,
            actual_writers: run.writers,
            direct: run.direct,
            direct_reason: run.direct_reason.clone(),
            engine: run.engine,
            bytes_written: report.bytes_written,
            elapsed_ns: run.elapsed_ns,
            bytes_per_s: run.bytes_per_s,
            iops: run.iops,
            latency_ns: run.latency_ns,
            verdict: run.verdict.bound,
            generation_bound: run.generation_bound,
            storage_bound: run.storage_bound,
            cpu_seconds_per_gib: run.cpu_seconds_per_gib,
            best: false,
        }
    }

    /// Whether measuring a setting would repeat this point: it differs in `direct` alone, which came to the same.
    pub(super) fn covers(&self, setting: &Setting) -> bool {
        let same = Setting { direct: setting.direct, ..self.setting } == *setting;
        let way = match setting.direct {
            DirectMode::On => self.direct,
            DirectMode::Off => !self.direct,
            DirectMode::Auto => self.direct && self.setting.direct == DirectMode::On,
        };
        same && way
    }
}

impl Setting {
    /// The command that writes in this way.
    pub(super) fn command(&self) -> String {
        let direct = match self.direct {
            DirectMode::Auto => "",
            DirectMode::On => " --direct on",
            DirectMode::Off => " --direct off",
        };
        let (buffer, depth, writers) = (exact_size(self.buffer_size), self.depth, self.writers);
        format!("dgen write PATH --size SIZE --buffer-size {buffer} --depth {depth} --writers {writers}{direct}")
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direct = match self.direct {
            DirectMode::Auto => "auto",
            DirectMode::On => "on",
            DirectMode::Off => "off",
        };
        let (buffer, depth, writers) = (exact_size(self.buffer_size), self.depth, self.writers);
        write!(f, "buffer {buffer}, depth {depth}, writers {writers}, direct {direct}")
    }
}
