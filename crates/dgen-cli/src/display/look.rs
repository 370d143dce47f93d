//! How text looks where it is shown: how wide it may be, and whether there are colours.

use std::io::IsTerminal;
use std::os::fd::AsFd;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use rustix::termios::tcgetwinsize;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    /// Names, beside which the values stand out.
    Soft,
    Good,
    Warning,
    Bad,
}

/// How a place shows text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    /// Columns; absent where programs read the text, and lines are not wrapped.
    pub(crate) width: Option<usize>,
    pub(crate) colour: bool,
}

impl Look {
    /// That of standard output or standard error. `COLUMNS` goes before the width of the terminal; colours follow the terminal,
    /// `TERM`, `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE`.
    pub(crate) fn of<S: RawStream + AsFd + IsTerminal>(stream: &S) -> Self {
        let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let seen = || tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col));
        let width = said.or_else(seen).filter(|columns| *columns > 0);
        // Where `CI` is set, the library takes any terminal for one with colours.
        let set = |name, value| std::env::var_os(name).is_some_and(|set| set == value);
        let is_dumb = set("TERM", "dumb") && !set("CLICOLOR_FORCE", "1");
        Self { width, colour: !is_dumb && AutoStream::choice(stream) != ColorChoice::Never }
    }

    /// Text in the colour of its tone, where there are colours.
    pub(crate) fn painted(self, text: &str, tone: Tone) -> String {
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Soft => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Warning => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default(),
        };
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Whether no line is wider than the place.
    pub(super) fn fits<'l>(self, mut lines: impl Iterator<Item = &'l str>) -> bool {
        self.width.is_none_or(|width| lines.all(|line| line.chars().count() <= width))
    }

    /// A line of standard error: what it begins with is coloured, and its text wrapped below itself.
    pub(crate) fn remark(self, line: &str) -> String {
        let kinds = [("warning: ", Tone::Warning), ("error: ", Tone::Bad)];
        let known = kinds.iter().find_map(|(begin, tone)| Some((*begin, *tone, line.strip_prefix(begin)?)));
        let Some((begin, tone, rest)) = known else { return wrapped(line, 0, 2, self.width) };
        let indent = begin.chars().count();
        format!("{} {}", self.painted(begin.trim_end(), tone), wrapped(rest, indent, indent, self.width))
    }
}

/// Text that begins in the column `begin`, broken between words so that no line is wider than `width`; what goes on in the
/// next line is indented by `indent`. A word that is wider stays whole, so that it can be copied.
pub(super) fn wrapped(text: &str, begin: usize, indent: usize, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut lines = String::with_capacity(text.len());
    let mut column = begin;
    for (index, word) in pieces(text).enumerate() {
        let len = word.chars().count();
        if index > 0 && column + 1 + len > width {
            lines.truncate(lines.trim_end_matches(' ').len());
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if index > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += len;
    }
    lines
}

/// The words of a text, a number and its unit together.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.find(' ').unwrap_or(text.len());
        let next = text.get(end + 1..).map_or("", |more| more.split(' ').next().unwrap_or_default());
        let end = if is_number(&text[..end]) && is_unit(next) { end + 1 + next.len() } else { end };
        rest = text.get(end + 1..);
        Some(&text[..end])
    })
}

fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches(['(', '~']);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_unit(word: &str) -> bool {
    let unit = word.trim_end_matches([',', ';', ':', '.', ')']);
    let unit = unit.strip_suffix("/s").unwrap_or(unit);
    let is_bytes = unit
        .strip_suffix('B')
        .is_some_and(|prefix| prefix.is_empty() || prefix.strip_suffix('i').unwrap_or(prefix).len() == 1);
    is_bytes || matches!(unit, "ns" | "us" | "ms" | "s" | "min" | "h" | "%" | "bytes" | "byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_lines_within_the_width() {
        let text = "dropped  /a/path/that/is/longer/than/a/line and so on";
        assert_eq!(wrapped(text, 4, 4, None), text);
        let lines = "dropped \n    /a/path/that/is/longer/than/a/line\n    and so on";
        assert_eq!(wrapped(text, 4, 4, Some(20)), lines.replace(" \n", "\n"));
        assert_eq!(wrapped(text, 0, 2, Some(200)), text);
        assert_eq!(wrapped("", 14, 14, Some(10)), "");
        let numbers = "p50 1.2 ms, at 254.60 MiB/s, 12 of 3 files";
        assert_eq!(wrapped(numbers, 0, 0, Some(7)), "p50\n1.2 ms,\nat\n254.60 MiB/s,\n12 of 3\nfiles");
        assert!(pieces("a  b 1 ").eq(["a", "", "b", "1", ""]) && pieces("").eq([""]));
    }

    #[test]
    fn remarks_are_wrapped_below_their_text() {
        let look = Look { width: Some(20), colour: false };
        assert_eq!(look.remark("warning: one two three"), "warning: one two\n         three");
        let bare = Look { width: None, colour: true };
        assert_eq!(bare.remark("error: gone"), "\u{1b}[31merror:\u{1b}[0m gone");
        assert_eq!(bare.remark("recipe x"), "recipe x");
    }
}
