//! Streams of seeds that calls name one after the other, at the cost of what differs between them.

use crate::errors::exception;
use dgen::{Recipe, Stream};
use pyo3::prelude::*;
use std::cell::RefCell;

/// Dedup ratio and compress ratio.
pub(super) type Ratios = (f64, f64);

/// Pairs of ratios for which a thread keeps something.
const KEPT: usize = 4;

thread_local! {
    /// The streams that this thread used last, each with the ratios that it was asked for with.
    static LAST: RefCell<Vec<(Ratios, Stream)>> = const { RefCell::new(Vec::new()) };
}

/// What is kept for a pair of ratios, made where there is none yet.
pub(super) fn kept<T>(
    all: &mut Vec<(Ratios, T)>,
    ratios: Ratios,
    make: impl FnOnce() -> PyResult<T>,
) -> PyResult<&mut T> {
    let at = all.iter().position(|(kept, _)| *kept == ratios);
    if at.is_none() {
        let made = make()?;
        all.truncate(KEPT - 1);
        all.insert(0, (ratios, made));
    }
    Ok(&mut all[at.unwrap_or(0)].1)
}

/// The stream of a seed and a pair of ratios, for which `recipe` makes the recipe: it is asked when the ratios are new
/// to this thread, so it is where they are checked.
pub(super) fn stream_of(ratios: Ratios, seed: u64, recipe: impl FnOnce() -> PyResult<Recipe>) -> PyResult<Stream> {
    LAST.with_borrow_mut(|last| {
        let stream = kept(last, ratios, || Stream::new(&recipe()?).map_err(|error| exception(&error)))?;
        if stream.recipe().seed() != seed {
            *stream = stream.reseeded(seed);
        }
        Ok(stream.clone())
    })
}
