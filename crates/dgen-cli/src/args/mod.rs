//! The options of the commands: one file for those of each, and for each group that several share.

mod compare;
mod dataset;
mod io;
mod measure;
mod network;
#[cfg(feature = "object")]
mod objects;
mod queue;
mod ranks;
mod read;
mod report;
mod running;
mod stream;
mod telling;
pub(crate) mod values;
mod verify;
mod write;

pub(crate) use compare::CompareArgs;
pub(crate) use dataset::{DatasetReadArgs, DatasetVerifyArgs, DatasetWriteArgs};
pub(crate) use io::{AdviseArgs, AutoArgs, DirectArgs, IoArgs};
pub(crate) use measure::MeasureArgs;
pub(crate) use network::{RecvArgs, SendArgs};
#[cfg(feature = "object")]
pub(crate) use objects::{AccessArgs, ObjectArgs};
pub(crate) use queue::{EngineArgs, QueueArgs};
pub(crate) use ranks::{RankArgs, own_paths, own_report};
pub(crate) use read::ReadArgs;
pub(crate) use report::{FormatArgs, ReportArgs};
pub(crate) use running::{InfoArgs, JsonArgs, PlaceArgs, ReplaceArgs, RunArgs};
pub(crate) use stream::{StreamArgs, StreamCommandArgs};
pub(crate) use telling::TellingArgs;
pub(crate) use verify::VerifyArgs;
pub(crate) use write::WriteArgs;
