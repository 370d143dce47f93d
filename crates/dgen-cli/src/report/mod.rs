//! Reports of runs: as text, as JSON, as a row of CSV, as one page of HTML.

pub(crate) mod csv;
pub(crate) mod facts;
pub(crate) mod heat;
pub(crate) mod html;
pub(crate) mod page;
pub(crate) mod plot;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::output::{Output, STDOUT, print};
use crate::running_args::JsonArgs;
use csv::CsvFile;

/// Further forms of a report.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArgs {
    /// Report as a row of CSV below a line of names: to standard output instead of text, or added to FILE, which may
    /// hold rows of earlier runs
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = STDOUT)]
    csv: Option<PathBuf>,

    /// Report as one page of HTML with plots, in FILE, which needs no network to be read
    #[arg(long, value_name = "FILE", num_args = 1, require_equals = true)]
    html: Option<PathBuf>,
}

/// Where all forms of a report go, opened before the work begins.
pub(crate) struct Sinks {
    output: Output,
    csv_to_stdout: bool,
    csv: Option<CsvFile>,
    html: Option<(PathBuf, File)>,
}

impl ReportArgs {
    /// Whether none is asked for.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Opens what is asked for; `header` is the line of names.
    pub(crate) fn open(&self, json: &JsonArgs, header: &str) -> Result<Sinks> {
        let is_stdout = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str() == STDOUT);
        let csv_to_stdout = is_stdout(&self.csv);
        if csv_to_stdout && is_stdout(&json.json) {
            let message = "--csv and --json cannot both go to standard output: name a file for one, as in --csv=FILE";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let file = |path: &Path| File::create(path).map_err(|e| Error::io("create", path, None, e));
        let csv = self.csv.as_deref().filter(|_| !csv_to_stdout).map(|path| CsvFile::open(path, header)).transpose()?;
        let html = self.html.as_ref().map(|path| Ok::<_, Error>((path.clone(), file(path)?))).transpose()?;
        Ok(Sinks { output: Output::open(json.json.as_deref())?, csv_to_stdout, csv, html })
    }
}

/// One report in every form.
pub(crate) struct Forms<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) text: &'a str,
    /// The line of names, and the rows.
    pub(crate) csv: (&'a str, &'a str),
    pub(crate) html: &'a dyn Fn() -> String,
}

impl Sinks {
    /// Writes all that is asked for. What goes to standard output comes last, so that it is whole when files are.
    pub(crate) fn report<T: Serialize>(self, forms: &Forms<'_, T>) -> Result<()> {
        let (header, rows) = forms.csv;
        if let Some(file) = self.csv {
            file.add(rows)?;
        }
        if let Some((path, mut file)) = self.html {
            file.write_all((forms.html)().as_bytes()).map_err(|e| Error::io("write", path, None, e))?;
        }
        if self.csv_to_stdout {
            self.output.report_quietly(forms.value)?;
            return print(&format!("{header}{rows}"));
        }
        self.output.report(forms.value, forms.text)
    }
}
