//! The arguments that say how duplicates lie.

use super::reading::{as_text, bytes, integer, numbers, texts, wrong_type};
use crate::errors::{bad_value, exception};
use dgen::RecipeBuilder;
use dgen::recipe::skip_beside;
use pyo3::prelude::*;

numbers! {
    /// Bytes that duplicates copy from.
    Window(u64) = bytes("window", 0..=u64::MAX, "1 byte to 1 TiB");
    /// The most recent of them, which they skip.
    Skip(u64) = bytes("skip", 0..=u64::MAX, "0 to a quarter of the window");
}

texts! {
    /// How the stream begins.
    Early = "early";
    /// Which contents duplicates copy.
    Reuse = "reuse";
    /// What part of them lies within one shard.
    Within = "within";
}

/// Lengths of runs: a number, or text such as `4-16`.
pub(crate) struct Runs(dgen::Runs);

impl<'py> FromPyObject<'_, 'py> for Runs {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = as_text(object, || integer(object, "runs", 0..=u64::MAX, "a length, or text such as 4-16"))?;
        text.parse().map(Self).map_err(|error| exception(&error))
    }
}

/// How duplicates lie; defaults where nothing is given.
#[derive(Default)]
pub(crate) struct Duplicated {
    pub(crate) window: Option<Window>,
    pub(crate) skip: Option<Skip>,
    pub(crate) early: Option<Early>,
    pub(crate) reuse: Option<Reuse>,
    pub(crate) runs: Option<Runs>,
    pub(crate) within: Option<Within>,
}

impl Duplicated {
    /// A recipe of blocks of `block` bytes with these.
    pub(super) fn of(self, mut builder: RecipeBuilder, block: u64) -> dgen::Result<RecipeBuilder> {
        let skip = self.skip.map(|skip| skip.0);
        if let Some(Window(window)) = self.window {
            builder = builder.window(window).skip(skip.unwrap_or_else(|| skip_beside(window, block)));
        } else if let Some(skip) = skip {
            builder = builder.skip(skip);
        }
        if let Some(early) = self.early {
            builder = builder.early(early.0.parse()?);
        }
        if let Some(reuse) = self.reuse {
            builder = builder.reuse(reuse.0.parse()?);
        }
        if let Some(runs) = self.runs {
            builder = builder.runs(runs.0);
        }
        if let Some(within) = self.within {
            builder = builder.within(Some(within.0.parse()?));
        }
        Ok(builder)
    }
}
