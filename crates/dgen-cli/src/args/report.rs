//! The options of reports.

use std::path::PathBuf;

use clap::Args;
use dgen::{Error, Result};
use dgen_io::RankShare;

use super::{JsonArgs, own_report};
use crate::guard::Guard;
use crate::output::STDOUT;
use crate::report::Sinks;

/// Further forms of a report.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArgs {
    /// Report as rows of CSV below a line of names: to standard output instead of text, or added to FILE, which may
    /// hold rows of earlier runs
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = STDOUT)]
    csv: Option<PathBuf>,

    /// Report as one page of HTML with plots, in FILE, which needs no network to be read
    #[arg(long, value_name = "FILE", num_args = 1, require_equals = true)]
    html: Option<PathBuf>,
}

/// Whose names the report in JSON has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum JsonFormat {
    /// Those of the library.
    #[default]
    Dgen,
    /// Those of fio.
    Fio,
}

impl std::str::FromStr for JsonFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "dgen" => Ok(Self::Dgen),
            "fio" => Ok(Self::Fio),
            _ => Err(Error::invalid("format", format_args!("`{text}`"), "dgen, fio")),
        }
    }
}

/// On the commands whose run fio could do, too.
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Report")]
pub(crate) struct FormatArgs {
    /// Whose names the report in JSON has: dgen, or fio, for programs that read fio's JSON; without --json the report then goes
    /// to standard output [default: dgen]
    #[arg(long = "format", value_name = "NAME", value_parser = str::parse::<JsonFormat>)]
    json_format: Option<JsonFormat>,
}

impl FormatArgs {
    /// Whether it is fio's.
    pub(crate) fn is_fio(self) -> bool {
        self.json_format == Some(JsonFormat::Fio)
    }

    /// Where the report in JSON goes: fio's to standard output, where nothing else is said.
    pub(crate) fn of(self, json: JsonArgs) -> JsonArgs {
        if self.is_fio() && json.json.is_none() {
            return JsonArgs { json: Some(STDOUT.into()) };
        }
        json
    }
}

impl ReportArgs {
    /// Whether none is asked for.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The same with the paths of a rank.
    pub(crate) fn of(&self, share: Option<&RankShare>) -> Result<Self> {
        let csv = own_report(share, "csv", self.csv.as_deref())?;
        Ok(Self { csv, html: own_report(share, "html", self.html.as_deref())? })
    }

    /// Opens what is asked for, where `guard` admits it; `header` is the line of names.
    pub(crate) fn open(&self, json: &JsonArgs, header: &str, guard: Guard) -> Result<Sinks> {
        Sinks::open(json.json.as_deref(), self.csv.as_deref(), self.html.as_deref(), header, guard)
    }
}
