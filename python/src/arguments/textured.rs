//! The arguments that say what pages hold.

use super::reading::{as_text, number, texts, wrong_type};
use crate::errors::exception;
use dgen::{Error, ErrorKind, RecipeBuilder, Share};
use pyo3::prelude::*;

texts! {
    /// How pages are filled.
    Texture = "texture";
    /// Type of the numbers in pages of tensors.
    Dtype = "dtype";
    /// What they are distributed like.
    Like = "like";
    /// The compressor that pages are calibrated for.
    Tune = "tune";
}

/// How far compressed sizes of pages lie from their mean: a number, taken as it is written, or text such as `7/10`.
pub(crate) struct Spread(Share);

impl<'py> FromPyObject<'_, 'py> for Spread {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = as_text(object, || number(object, "spread"))?;
        Share::parse("spread", &text).map(Self).map_err(|error| exception(&error))
    }
}

/// Texture and what belongs to it; defaults where nothing is given.
#[derive(Default)]
pub(crate) struct Textured {
    pub(crate) texture: Option<Texture>,
    pub(crate) dtype: Option<Dtype>,
    pub(crate) like: Option<Like>,
    pub(crate) spread: Option<Spread>,
    pub(crate) tune: Option<Tune>,
}

impl Textured {
    /// A recipe with these, or the first name that there is not. With a system they are chosen for it, and by nobody else.
    pub(super) fn of(self, mut builder: RecipeBuilder, tuned_for: Option<&str>) -> dgen::Result<RecipeBuilder> {
        let given = [
            ("texture", self.texture.is_some()),
            ("dtype", self.dtype.is_some()),
            ("like", self.like.is_some()),
            ("spread", self.spread.is_some()),
            ("tune", self.tune.is_some()),
        ];
        if let Some((name, _)) = given.iter().find(|(_, given)| *given && tuned_for.is_some()) {
            let message = format!("tuned_for: not to be combined with {name}, which it chooses");
            return Err(Error::new(ErrorKind::InvalidValue, message));
        }
        if let Some(texture) = self.texture {
            builder = builder.texture(texture.0.parse()?);
        }
        if let Some(dtype) = self.dtype {
            builder = builder.dtype(dtype.0.parse()?);
        }
        if let Some(like) = self.like {
            builder = builder.like(like.0.parse()?);
        }
        if let Some(spread) = self.spread {
            builder = builder.spread(spread.0);
        }
        if let Some(tune) = self.tune {
            builder = builder.tune(tune.0.parse()?);
        }
        Ok(builder)
    }
}
