//! The options of `dgen send` and `dgen recv`.

use std::time::Duration;

use clap::Args;
use dgen_net::MAX_STREAMS;

use super::values;
use super::{JsonArgs, ReplaceArgs, StreamArgs};

/// Most sessions of one `dgen recv`.
const MAX_SESSIONS: usize = 1_000_000;

#[derive(Args, Debug)]
pub(crate) struct SendArgs {
    /// Where `dgen recv` listens
    #[arg(value_name = "HOST:PORT")]
    pub(crate) address: String,

    /// Bytes to send, over all connections
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true)]
    pub(crate) size: u64,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    /// Connections, 1 to 256, each of which carries a part [default: 1]
    #[arg(long, value_name = "N", value_parser = values::number("streams", 1, MAX_STREAMS), default_value = "1", hide_default_value = true, allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) streams: usize,

    /// Bytes per second of all connections together [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("rate"), allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) rate: Option<u64>,

    /// Time after which nothing more is sent: 30, 30s, 500ms, 5m or 1h [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = values::duration("runtime"), allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) runtime: Option<Duration>,

    /// How long a connection may take to be made [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = values::duration("connect timeout"), allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) connect_timeout: Option<Duration>,

    /// How long the receiver may take nothing and say nothing [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = values::duration("timeout"), allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) timeout: Option<Duration>,

    /// Generate and send by turns, on one thread for each connection [default: where there are fewer than two processors for
    /// each connection and two more]
    #[arg(long, help_heading = "Network")]
    pub(crate) by_turns: bool,

    #[command(flatten)]
    pub(crate) json: JsonArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RecvArgs {
    /// Where to listen. A port alone is of this machine alone (127.0.0.1); 0.0.0.0:PORT or [::]:PORT is open to all; port 0 is
    /// any that is free. - is standard input, which carries what --raw says
    #[arg(value_name = "[ADDRESS:]PORT")]
    pub(crate) address: String,

    /// The sender sends no header, only the bytes that --recipe (or other stream options), --offset and --size name, as
    /// `dgen stream | nc` does
    #[arg(long, requires = "size")]
    pub(crate) raw: bool,

    /// Bytes that come, with --raw
    #[arg(long, value_name = "SIZE", value_parser = values::positive_size("size"), allow_hyphen_values = true, requires = "raw")]
    pub(crate) size: Option<u64>,

    /// Count what comes, and do not compare it
    #[arg(long)]
    pub(crate) no_verify: bool,

    /// Damaged ranges to list
    #[arg(long, value_name = "N", value_parser = values::number("limit", 0, 1_000_000), default_value = "20", allow_hyphen_values = true)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) stream: StreamArgs,

    /// Senders to take, one after the other, 1 to 1000000; where there are several, --json lists them [default: 1]
    #[arg(long, value_name = "N", value_parser = values::number("sessions", 1, MAX_SESSIONS), default_value = "1", hide_default_value = true, allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) sessions: usize,

    /// How long a sender may be silent once it is connected [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = values::duration("timeout"), allow_hyphen_values = true, help_heading = "Network")]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) json: JsonArgs,

    #[command(flatten)]
    pub(crate) replace: ReplaceArgs,
}
