//! Standard output carries results, standard error everything else; a closed pipe is no error.

use std::io::{self, ErrorKind as IoKind, IsTerminal, Write};
use std::path::Path;

use dgen::{Error, Result};
use serde::Serialize;
use serde_json::ser::Formatter;

use crate::guard::{Form, Guard};
use crate::report_file::ReportFile;

pub(crate) use crate::stdout::STDOUT;

/// Where the report goes, and in which form.
pub(crate) enum Output {
    /// Text to standard output.
    Text,
    /// JSON, and nothing else, to standard output.
    Json,
    /// Text to standard output, JSON to a file, which is made before the work begins.
    Both(ReportFile),
}

impl Output {
    /// Opens what `--json` asks for, where `guard` admits it.
    pub(crate) fn open(json: Option<&Path>, guard: &mut Guard) -> Result<Self> {
        match json {
            None => Ok(Self::Text),
            Some(path) if path.as_os_str() == STDOUT => Ok(Self::Json),
            Some(path) => Ok(Self::Both(ReportFile::open(path, Form::Json, guard)?)),
        }
    }

    /// Writes the report.
    pub(crate) fn report(self, value: &impl Serialize, text: &str) -> Result<()> {
        match self {
            Self::Text => print(text),
            Self::Json => print(&json(value)),
            Self::Both(file) => {
                // Where the file fails, the text is what is left.
                let filed = file.write(&json(value));
                print(text).and(filed)
            }
        }
    }

    /// Writes JSON to a file where that is asked for, and nothing else.
    pub(crate) fn report_quietly(self, value: &impl Serialize) -> Result<()> {
        match self {
            Self::Both(file) => file.write(&json(value)),
            Self::Text | Self::Json => Ok(()),
        }
    }

    /// Writes the report for commands whose standard output carries data: text goes to standard error.
    pub(crate) fn report_aside(self, value: &impl Serialize, text: &str) -> Result<()> {
        complain(text.trim_end());
        self.report_quietly(value)
    }
}

/// JSON with a line for each member of an object; what a list holds goes on in its line, so that long lists of numbers do
/// not hide the rest.
#[derive(Default)]
struct Lines {
    depth: usize,
    filled: bool,
}

impl Lines {
    fn indent<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.indent(writer)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.filled {
            self.indent(writer)?;
        }
        self.filled = true;
        writer.write_all(b"}")
    }
}

fn json(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Lines::default());
    value.serialize(&mut serializer).expect("reports have string keys");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is text")
}

/// Writes to standard output; a reader that has gone away has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != IoKind::BrokenPipe => Err(Error::io("write to", "standard output", None, e)),
        _ => Ok(()),
    }
}

/// Says on a terminal how things go on.
pub(crate) fn remark(line: &str) {
    if io::stderr().is_terminal() {
        complain(line);
    }
}

/// Writes a line to standard error; nobody can be told when that fails.
pub(crate) fn complain(line: &str) {
    _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_a_line_for_each_member_and_keeps_lists_together() {
        let value = serde_json::json!({"a": [1, 2, 3], "b": {}, "c": [{"d": null}], "e": {"f": []}});
        let expected = "{\n  \"a\": [1, 2, 3],\n  \"b\": {},\n  \"c\": [{\n    \"d\": null\n  }],\n  \"e\": {\n    \"f\": []\n  }\n}\n";
        assert_eq!(json(&value), expected);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json(&value)).unwrap(), value);
    }
}
