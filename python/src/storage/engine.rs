//! The arguments that choose how I/O is done.

use crate::arguments::storage::{Advise, BufferCount, Depth, Order, Passes, Rate, Runtime, Vectored};
use crate::errors::{bad_value, exception};
use crate::placement::asked::Where;
use dgen_io::{Advice, DirectMode, EngineChoice, IoOptions};
use pyo3::PyResult;
use std::time::Duration;

/// Engine, queue, order and pace as asked for.
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each with a name")]
pub(crate) struct Engine {
    pub(crate) use_io_uring: Option<bool>,
    pub(crate) depth: Option<Depth>,
    pub(crate) buffer_count: Option<BufferCount>,
    pub(crate) order: Order,
    pub(crate) passes: Passes,
    pub(crate) rate: Option<Rate>,
    pub(crate) runtime: Option<Runtime>,
    pub(crate) place: Where,
    pub(crate) vectored: Vectored,
    pub(crate) sqpoll: bool,
    pub(crate) iopoll: bool,
    pub(crate) registered: bool,
    pub(crate) huge_pages: bool,
}

impl Engine {
    /// The options; what contradicts itself or this system, the core refuses.
    pub(crate) fn options(&self) -> PyResult<IoOptions> {
        let mut options = IoOptions::default();
        options.engine = choice(self.use_io_uring);
        options.depth = self.depth.map(|depth| depth.0);
        options.buffer_count = self.buffer_count.map(|count| count.0);
        options.order = self.order.0.parse().map_err(|error| exception(&error))?;
        options.passes = self.passes.0;
        options.rate = self.rate.map(|rate| rate.0);
        options.time_limit = self.runtime.map(time).transpose()?;
        options.placement = self.place.options();
        options.vectored = self.vectored.0;
        (options.sqpoll, options.iopoll) = (self.sqpoll, self.iopoll);
        (options.registered, options.huge_pages) = (self.registered, self.huge_pages);
        Ok(options)
    }
}

/// The engine that an argument asks for.
pub(crate) fn choice(use_io_uring: Option<bool>) -> EngineChoice {
    match use_io_uring {
        None => EngineChoice::Auto,
        Some(true) => EngineChoice::IoUring,
        Some(false) => EngineChoice::Sync,
    }
}

fn time(runtime: Runtime) -> PyResult<Duration> {
    let time = Duration::try_from_secs_f64(runtime.0).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| bad_value("runtime", runtime.0, "more than 0 seconds, or None"))
}

/// The advice that an argument names.
pub(crate) fn advice(advise: Option<Advise>) -> PyResult<Advice> {
    advise.map_or(Ok(Advice::Auto), |advise| advise.0.parse().map_err(|error| exception(&error)))
}

/// The mode that an argument asks for, or `chosen` where it asks for none.
pub(crate) fn direct(use_direct_io: Option<bool>, chosen: DirectMode) -> DirectMode {
    match use_direct_io {
        None => chosen,
        Some(true) => DirectMode::On,
        Some(false) => DirectMode::Off,
    }
}
