//! The arguments that choose how I/O is done.

use crate::args::Runtime;
use crate::errors::{bad_value, exception};
use crate::numbers::{BufferCount, Depth, Passes, Rate, Vectored};
use dgen_io::{Advice, DirectMode, EngineChoice, IoOptions, NumaMode};
use pyo3::PyResult;
use std::time::Duration;

/// Engine, queue, order and pace as asked for.
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with a name")]
pub(crate) struct Engine<'a> {
    pub(crate) use_io_uring: Option<bool>,
    pub(crate) depth: Option<Depth>,
    pub(crate) buffer_count: Option<BufferCount>,
    pub(crate) order: &'a str,
    pub(crate) passes: Passes,
    pub(crate) rate: Option<Rate>,
    pub(crate) runtime: Option<Runtime>,
    pub(crate) numa_mode: &'a str,
    pub(crate) vectored: Vectored,
    pub(crate) sqpoll: bool,
    pub(crate) iopoll: bool,
    pub(crate) registered: bool,
    pub(crate) huge_pages: bool,
}

impl Engine<'_> {
    /// The options; what contradicts itself or this system, the core refuses. `on_node`: the caller has placed all
    /// workers on one memory node already.
    pub(crate) fn options(&self, on_node: bool) -> PyResult<IoOptions> {
        let mut options = IoOptions::default();
        options.engine = match self.use_io_uring {
            None => EngineChoice::Auto,
            Some(true) => EngineChoice::IoUring,
            Some(false) => EngineChoice::Sync,
        };
        options.depth = self.depth.map(|depth| depth.0);
        options.buffer_count = self.buffer_count.map(|count| count.0);
        options.order = self.order.parse().map_err(|error| exception(&error))?;
        options.passes = self.passes.0;
        options.rate = self.rate.map(|rate| rate.0);
        options.time_limit = self.runtime.map(time).transpose()?;
        options.numa = self.numa(on_node)?;
        options.vectored = self.vectored.0;
        (options.sqpoll, options.iopoll) = (self.sqpoll, self.iopoll);
        (options.registered, options.huge_pages) = (self.registered, self.huge_pages);
        Ok(options)
    }

    fn numa(&self, on_node: bool) -> PyResult<NumaMode> {
        let accepted = "auto, force, uma, disabled, disable";
        let mode = self
            .numa_mode
            .parse()
            .map_err(|_| bad_value("numa_mode", format_args!("`{}`", self.numa_mode), accepted))?;
        match mode {
            NumaMode::Force if on_node => {
                Err(bad_value("numa_mode", "`force`", "auto, uma or disabled with numa_node"))
            }
            _ if on_node => Ok(NumaMode::Off),
            mode => Ok(mode),
        }
    }
}

fn time(runtime: Runtime) -> PyResult<Duration> {
    let time = Duration::try_from_secs_f64(runtime.0).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| bad_value("runtime", runtime.0, "more than 0 seconds, or None"))
}

/// The advice that an argument names.
pub(crate) fn advice(advise: Option<&str>) -> PyResult<Advice> {
    advise.map_or(Ok(Advice::Auto), |name| name.parse().map_err(|error| exception(&error)))
}

/// The mode that an argument asks for, or `chosen` where it asks for none.
pub(crate) fn direct(use_direct_io: Option<bool>, chosen: DirectMode) -> DirectMode {
    match use_direct_io {
        None => chosen,
        Some(true) => DirectMode::On,
        Some(false) => DirectMode::Off,
    }
}
