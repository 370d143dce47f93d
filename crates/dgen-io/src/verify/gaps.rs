//! Files of a folder that should be there, as those beside them show.

use std::path::Path;

use super::options::{VerifyJob, VerifySource};
use crate::storage::{folder::is_member, split::follows};

/// Warnings of parts of a stream that no file holds, between two files of one folder that were written together.
pub(super) fn gaps(jobs: &[VerifyJob<'_>]) -> Vec<String> {
    let mut members: Vec<(&Path, &VerifyJob<'_>)> = jobs.iter().filter_map(member).collect();
    let folder = |path: &Path| path.parent().map(Path::to_path_buf);
    members.sort_by_cached_key(|(path, job)| (folder(path), job.recipe.to_string(), job.range.offset));
    let between = |pair: &[(&Path, &VerifyJob<'_>)]| {
        let [(one, before), (other, after)] = pair else { return None };
        let end = before.range.offset.saturating_add(before.range.size);
        // Files of a given size begin at blocks: what lies between them is in none.
        let apart = after.range.offset > end && !follows(end, after.range.offset, before.recipe.block_size());
        let apart = apart && folder(one) == folder(other) && before.recipe == after.recipe;
        apart.then(|| {
            let (one, other, to) = (one.display(), other.display(), after.range.offset);
            format!("no file holds bytes {end} to {to} of the stream, between {one} and {other}: is one missing?")
        })
    };
    members.windows(2).filter_map(between).collect()
}

/// A file that is verified whole, with a name that a write into a folder gives.
fn member<'j, 'a>(job: &'j VerifyJob<'a>) -> Option<(&'j Path, &'j VerifyJob<'a>)> {
    match &job.source {
        VerifySource::Path(path) | VerifySource::Absent(path) if job.file_offset == 0 && is_member(path) => {
            Some((path, job))
        }
        _ => None,
    }
}
