//! The arguments that say what pages hold.

use dgen::RecipeBuilder;

/// Texture, type, distribution and compressor by their names; defaults where none is given.
#[derive(Clone, Copy, Default)]
pub(crate) struct Textured<'a> {
    pub(crate) texture: Option<&'a str>,
    pub(crate) dtype: Option<&'a str>,
    pub(crate) like: Option<&'a str>,
    pub(crate) tune: Option<&'a str>,
}

impl Textured<'_> {
    /// A recipe with these, or the first name that there is not.
    pub(super) fn of(self, mut builder: RecipeBuilder) -> dgen::Result<RecipeBuilder> {
        if let Some(texture) = self.texture {
            builder = builder.texture(texture.parse()?);
        }
        if let Some(dtype) = self.dtype {
            builder = builder.dtype(dtype.parse()?);
        }
        if let Some(like) = self.like {
            builder = builder.like(like.parse()?);
        }
        if let Some(tune) = self.tune {
            builder = builder.tune(tune.parse()?);
        }
        Ok(builder)
    }
}
