//! What reports say of skipped files.

use dgen_io::SkippedFile;

use crate::report::lines::row;
use crate::report::words::{LISTED, count};

/// What was left out, and why.
pub(crate) fn skipped(text: &mut String, skipped: &[SkippedFile]) {
    if skipped.is_empty() {
        return;
    }
    let failures = skipped.iter().filter(|file| file.is_failure()).count();
    row(text, "skipped", format_args!("{}, {failures} of them failures", count(skipped.len() as u64, "path")));
    for file in skipped.iter().take(LISTED) {
        let why = file.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        row(text, "skipped", format_args!("{}: {}{why}", file.path.display(), file.reason.name()));
    }
    if let Some(more) = skipped.len().checked_sub(LISTED).filter(|more| *more > 0) {
        row(text, "skipped", format_args!("{more} more; --json lists all"));
    }
}
