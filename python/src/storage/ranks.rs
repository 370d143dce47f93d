//! Which part of a call is this process's, where several share it.

use crate::arguments::storage::{Rank, RankCount};
use crate::errors::{bad_value, exception};
use dgen_io::RankShare;
use pyo3::prelude::*;
use std::path::PathBuf;

/// The share, if there are others.
pub(super) fn share(rank: Option<Rank>, ranks: Option<RankCount>) -> PyResult<Option<RankShare>> {
    let (rank, ranks) = match (rank, ranks) {
        (None, None) => return Ok(None),
        (Some(rank), Some(ranks)) => (rank.0, ranks.0),
        (Some(_), None) => return Err(bad_value("ranks", "None", "a number of processes, where rank is given")),
        (None, Some(_)) => return Err(bad_value("rank", "None", "a number below ranks, where that is given")),
    };
    let share = RankShare::new(rank, ranks).map_err(|error| exception(&error))?;
    Ok(Some(share).filter(|share| share.ranks > 1))
}

/// The paths as this rank has them; the share then knows whether they are its own.
pub(super) fn own_paths(share: &mut Option<RankShare>, paths: &[PathBuf]) -> dgen::Result<Vec<PathBuf>> {
    let Some(share) = share else { return Ok(paths.to_vec()) };
    let own = share.paths(paths)?;
    share.own = own.is_some();
    Ok(own.unwrap_or_else(|| paths.to_vec()))
}
