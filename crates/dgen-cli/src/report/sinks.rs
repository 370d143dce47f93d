//! Where all forms of a report go.

use std::path::Path;

use dgen::{Error, ErrorKind, Result};
use serde::Serialize;

use super::csv::CsvFile;
use crate::display::lines::Text;
use crate::guard::{Form, Guard};
use crate::output::{Output, STDOUT, print};
use crate::report_file::ReportFile;

/// The places, opened before the work begins.
pub(crate) struct Sinks {
    output: Output,
    csv_to_stdout: bool,
    csv: Option<CsvFile>,
    html: Option<ReportFile>,
}

/// One report in every form.
pub(crate) struct Forms<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) text: &'a Text,
    /// The line of names, and the rows, which are many where there are many files: made if they are asked for.
    pub(crate) csv: (&'a str, &'a dyn Fn() -> String),
    pub(crate) html: &'a dyn Fn() -> String,
}

/// A report in JSON, in one of two forms.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum JsonOf<'a, T> {
    Dgen(&'a T),
    Fio(&'a serde_json::Value),
}

impl Sinks {
    /// Opens what is asked for; `header` is the line of names of CSV.
    pub(crate) fn open(
        json: Option<&Path>,
        csv: Option<&Path>,
        html: Option<&Path>,
        header: &str,
        mut guard: Guard,
    ) -> Result<Self> {
        let is_stdout = |path: Option<&Path>| path.is_some_and(|path| path.as_os_str() == STDOUT);
        let csv_to_stdout = is_stdout(csv);
        if csv_to_stdout && is_stdout(json) {
            let message = "--csv and --json cannot both go to standard output: name a file for one, as in --csv=FILE";
            return Err(Error::new(ErrorKind::Usage, message));
        }
        // Nothing is changed before all of them are opened and looked at.
        let output = Output::open(json, &mut guard)?;
        let html = html.map(|path| ReportFile::open(path, Form::Html, &mut guard)).transpose()?;
        let csv = csv.filter(|_| !csv_to_stdout).map(|path| CsvFile::open(path, header, &mut guard)).transpose()?;
        Ok(Self { output, csv_to_stdout, csv, html })
    }

    /// Writes all that is asked for. What goes to standard output comes last, so that it is whole when files are.
    pub(crate) fn report<T: Serialize>(self, forms: &Forms<'_, T>) -> Result<()> {
        let (header, rows) = forms.csv;
        if let Some(file) = self.csv {
            file.add(&rows())?;
        }
        if let Some(file) = self.html {
            file.write(&(forms.html)())?;
        }
        if self.csv_to_stdout {
            self.output.report_quietly(forms.value)?;
            return print(&format!("{header}{}", rows()));
        }
        self.output.report(forms.value, forms.text)
    }
}
