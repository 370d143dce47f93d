//! What reports say of skipped files.

use dgen_io::SkippedFile;

use crate::display::lines::{Text, row};
use crate::report::words::{count, listed};

/// What was left out, and why.
pub(crate) fn skipped(text: &mut Text, skipped: &[SkippedFile]) {
    if skipped.is_empty() {
        return;
    }
    let failures = skipped.iter().filter(|file| file.is_failure()).count();
    row(text, "skipped", format_args!("{}, {failures} of them failures", count(skipped.len() as u64, "path")));
    let one = |file: &SkippedFile| {
        let why = file.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        format!("{}: {}{why}", file.path.display(), file.reason.name())
    };
    for line in listed(skipped, one, "; --json lists all") {
        row(text, "skipped", line);
    }
}
