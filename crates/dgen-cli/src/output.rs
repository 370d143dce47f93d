//! Standard output carries results, standard error everything else; a closed pipe is no error.

use std::fmt::Display;
use std::io::{self, ErrorKind as IoKind, Write};
use std::path::Path;

use dgen::{Error, Result};
use serde::Serialize;
use serde_json::ser::Formatter;

use crate::display::lines::{Text, row};
use crate::display::look::Look;
use crate::display::progress::Progress;
use crate::guard::{Form, Guard};
use crate::report_file::ReportFile;
use crate::stdout;

pub(crate) use crate::stdout::STDOUT;

/// Integers above this are not exact where readers of JSON take numbers as floating point.
const EXACT: u64 = 1 << 53;

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
    /// Opens what `--json` asks for, where `guard` admits it. Fails where standard output is closed, so that no work is
    /// done for nothing.
    pub(crate) fn open(json: Option<&Path>, guard: &mut Guard) -> Result<Self> {
        stdout::check()?;
        match json {
            None => Ok(Self::Text),
            Some(path) if path.as_os_str() == STDOUT => Ok(Self::Json),
            Some(path) => Ok(Self::Both(ReportFile::open(path, Form::Json, guard)?)),
        }
    }

    /// Writes the report.
    pub(crate) fn report(self, value: &impl Serialize, text: &Text) -> Result<()> {
        match self {
            Self::Text => print_text(text),
            Self::Json => print(&json(value)),
            Self::Both(file) => {
                // Where the file fails, the text is what is left.
                let filed = file.write(&json(value));
                print_text(text).and(filed)
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
    pub(crate) fn report_aside(self, value: &impl Serialize, text: &Text) -> Result<()> {
        complain_whole(text.shown(Look::of(&io::stderr())).trim_end());
        self.report_quietly(value)
    }
}

/// JSON with a line for each member of an object; what a list holds goes on in its line, so that long lists of numbers do
/// not hide the rest. A member that is an integer above 2^53 is followed by the same as text, under its name and `_str`.
#[derive(Default)]
struct Lines {
    depth: usize,
    filled: bool,
    /// The name that was written last.
    name: String,
    at: At,
    /// What of the member is yet to follow.
    text: Option<String>,
}

/// What is being written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    Elsewhere,
    Name,
    /// A member, and nothing within it.
    Member,
}

impl Lines {
    fn indent<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }

    /// Notes an integer that is too large for many readers.
    fn note(&mut self, size: u64, value: impl Display) {
        if self.at == At::Member && size > EXACT {
            self.text = Some(value.to_string());
        }
    }
}

impl Formatter for Lines {
    fn write_u64<W: Write + ?Sized>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.note(value, value);
        write!(writer, "{value}")
    }

    fn write_i64<W: Write + ?Sized>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.note(value.unsigned_abs(), value);
        write!(writer, "{value}")
    }

    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if self.at == At::Name {
            self.name.push_str(fragment);
        }
        writer.write_all(fragment.as_bytes())
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.at = At::Elsewhere;
        writer.write_all(b"[")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        self.at = At::Elsewhere;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.at = At::Name;
        self.name.clear();
        self.indent(writer)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.at = At::Member;
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.filled = true;
        self.at = At::Elsewhere;
        let Some(text) = self.text.take() else { return Ok(()) };
        writer.write_all(b",")?;
        self.indent(writer)?;
        write!(writer, "\"{}_str\": \"{text}\"", self.name)
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

/// Writes JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&json(value))
}

/// Writes a report for people to standard output.
fn print_text(text: &Text) -> Result<()> {
    print(&text.shown(Look::of(&io::stdout())))
}

/// Writes to standard output; a reader that has gone away has seen enough.
pub(crate) fn print(text: &str) -> Result<()> {
    put(|| io::stdout().write_all(text.as_bytes()))
}

/// The same for what `write` writes there.
pub(crate) fn put(write: impl FnOnce() -> io::Result<()>) -> Result<()> {
    stdout::check()?;
    match write().and_then(|()| io::stdout().flush()) {
        Err(e) if e.kind() != IoKind::BrokenPipe => Err(Error::io("write to", "standard output", None, e)),
        _ => Ok(()),
    }
}

/// Writes warnings to standard error, a line for each.
pub(crate) fn warn<'w>(warnings: impl IntoIterator<Item = &'w String>) {
    warnings.into_iter().for_each(|warning| complain(&format!("warning: {warning}")));
}

/// Says on a terminal how things go on.
pub(crate) fn remark(line: &str) {
    if Progress::is_shown() {
        complain(line);
    }
}

/// Says a fact on standard error, in a row as those of reports.
pub(crate) fn tell(name: &str, value: impl Display) {
    let mut text = Text::default();
    row(&mut text, name, value);
    complain_whole(text.shown(Look::of(&io::stderr())).trim_end());
}

/// Writes a line of prose to standard error, wrapped where that is a terminal.
pub(crate) fn complain(line: &str) {
    complain_whole(&Look::of(&io::stderr()).remark(line));
}

/// Writes a line to standard error as it is, so that it can be copied; nobody can be told when that fails.
pub(crate) fn complain_whole(line: &str) {
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

    #[test]
    fn integers_that_many_readers_round_stand_as_text_too() {
        let value = serde_json::json!({
            "at": u64::MAX, "exact": 1_u64 << 53, "in": {"seed": (1_u64 << 53) + 1, "below": i64::MIN},
            "list": [u64::MAX], "of": [{"x": u64::MAX}], "ratio": 1e300, "word": "9007199254740993",
        });
        let read: serde_json::Value = serde_json::from_str(&json(&value)).unwrap();
        assert_eq!((&read["at"], &read["at_str"]), (&value["at"], &"18446744073709551615".into()));
        assert_eq!(
            (&read["in"]["seed_str"], &read["in"]["below_str"]),
            (&"9007199254740993".into(), &"-9223372036854775808".into())
        );
        assert_eq!(read["of"][0]["x_str"], "18446744073709551615");
        assert_eq!(json(&value).matches("_str\"").count(), 4);
    }
}
