//! Standard output carries results, standard error everything else; a closed pipe is no error.

use std::fs::File;
use std::io::{self, ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};

use dgen::{Error, Result};
use serde::Serialize;

/// What `--json` without a file stands for.
pub(crate) const STDOUT: &str = "-";

/// Where the report goes, and in which form.
pub(crate) enum Output {
    /// Text to standard output.
    Text,
    /// JSON, and nothing else, to standard output.
    Json,
    /// Text to standard output, JSON to a file, which is made before the work begins.
    Both(PathBuf, File),
}

impl Output {
    /// Opens what `--json` asks for.
    pub(crate) fn open(json: Option<&Path>) -> Result<Self> {
        match json {
            None => Ok(Self::Text),
            Some(path) if path.as_os_str() == STDOUT => Ok(Self::Json),
            Some(path) => {
                let file = File::create(path).map_err(|e| Error::io("create", path, None, e))?;
                Ok(Self::Both(path.to_owned(), file))
            }
        }
    }

    /// Writes the report.
    pub(crate) fn report(self, value: &impl Serialize, text: &str) -> Result<()> {
        match self {
            Self::Text => print(text),
            Self::Json => print(&json(value)),
            Self::Both(path, mut file) => {
                file.write_all(json(value).as_bytes()).map_err(|e| Error::io("write", path, None, e))?;
                print(text)
            }
        }
    }

    /// The same for commands whose standard output carries data: text goes to standard error.
    pub(crate) fn report_aside(self, value: &impl Serialize, text: &str) -> Result<()> {
        complain(text.trim_end());
        match self {
            Self::Both(path, mut file) => {
                file.write_all(json(value).as_bytes()).map_err(|e| Error::io("write", path, None, e))
            }
            Self::Text | Self::Json => Ok(()),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("reports have string keys");
    text.push('\n');
    text
}

/// Writes to standard output; a reader that has gone away has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != IoKind::BrokenPipe => Err(Error::io("write to", "standard output", None, e)),
        _ => Ok(()),
    }
}

/// Writes a line to standard error; nobody can be told when that fails.
pub(crate) fn complain(line: &str) {
    _ = writeln!(io::stderr().lock(), "{line}");
}
