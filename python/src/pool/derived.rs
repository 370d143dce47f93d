//! Streams of seeds that calls name one after the other, at the cost of what differs between them.

use crate::errors::exception;
use dgen::{Recipe, Stream};
use pyo3::prelude::*;
use std::cell::RefCell;

/// Pairs of ratios of which a thread keeps the last stream.
const KEPT: usize = 4;

thread_local! {
    /// The streams that this thread used last, each with the ratios that it was asked for with.
    static LAST: RefCell<Vec<((f64, f64), Stream)>> = const { RefCell::new(Vec::new()) };
}

/// The stream of a seed and a pair of ratios, for which `recipe` makes the recipe: it is asked when the ratios are new
/// to this thread, so it is where they are checked.
pub(super) fn stream_of(ratios: (f64, f64), seed: u64, recipe: impl FnOnce() -> PyResult<Recipe>) -> PyResult<Stream> {
    LAST.with_borrow_mut(|last| {
        if let Some((_, stream)) = last.iter_mut().find(|(kept, _)| *kept == ratios) {
            if stream.recipe().seed() != seed {
                *stream = stream.reseeded(seed);
            }
            return Ok(stream.clone());
        }
        let stream = Stream::new(&recipe()?).map_err(|error| exception(&error))?;
        last.truncate(KEPT - 1);
        last.insert(0, (ratios, stream.clone()));
        Ok(stream)
    })
}
