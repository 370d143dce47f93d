//! What an object says of itself, in its user metadata.

use std::fs::File;
use std::io;
use std::path::Path;

use dgen::{Error, Result};
use dgen_io::{Mark, RangeAttribute};
use object_store::{Attribute, Attributes};

/// Name of the metadata that holds the recipe in its canonical form. No store refuses letters.
pub const RECIPE_METADATA: &str = "dgenrecipe";
/// Name of the metadata that holds the object's range of the stream: a [`RangeAttribute`].
pub const RANGE_METADATA: &str = "dgenrange";
/// Name of the metadata that says which objects the set has, where there are others.
pub const SET_METADATA: &str = "dgenset";

/// What an object says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) mark: Mark,
    /// Which objects the set has, where there are others.
    pub(crate) set: Option<String>,
}

impl Said {
    /// The metadata of an object.
    pub(crate) fn attributes(&self) -> Attributes {
        let named = |name, text: String| (Attribute::Metadata(name), text);
        let mut all = vec![
            named(RECIPE_METADATA.into(), self.mark.recipe.to_string()),
            named(RANGE_METADATA.into(), self.mark.attribute().to_string()),
        ];
        all.extend(self.set.clone().map(|set| named(SET_METADATA.into(), set)));
        all.into_iter().collect()
    }

    /// Reads them; `None` where there are none.
    ///
    /// # Errors
    /// When they are not what is written.
    pub(crate) fn of(attributes: &Attributes) -> Result<Option<Self>> {
        let text = |name: &'static str| attributes.get(&Attribute::Metadata(name.into())).map(|text| text.to_string());
        let (recipe, range) = match (text(RECIPE_METADATA), text(RANGE_METADATA)) {
            (Some(recipe), Some(range)) => (recipe, range),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(Error::malformed(RANGE_METADATA, "nothing", "a range beside the recipe")),
            (None, Some(_)) => return Err(Error::malformed(RECIPE_METADATA, "nothing", "a recipe beside the range")),
        };
        let RangeAttribute { range, version, file } = range.parse()?;
        let mark = Mark { recipe: recipe.parse()?, version, range, file };
        Ok(Some(Self { mark, set: text(SET_METADATA) }))
    }
}

/// What a file says of itself.
pub(crate) fn file_says(file: &Path) -> Result<Option<Said>> {
    match File::open(file) {
        Ok(open) => Ok(Mark::of(&open, file)?.known().map(|mark| Said { mark, set: None })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("open", file, None, error)),
    }
}

#[cfg(test)]
mod tests {
    use dgen_io::{FilePlace, StreamRange};

    use super::*;

    #[test]
    fn metadata_reads_back() {
        let recipe = "dgen1,seed=0x5,dedup=2".parse().unwrap();
        let file = Some(FilePlace { index: 1, count: 3 });
        let mark = Mark { recipe, version: 4, range: StreamRange { offset: 4096, size: 99 }, file };
        let said = Said { mark, set: Some("offset=0,objects=3,size=300".to_owned()) };
        assert_eq!(Said::of(&said.attributes()).unwrap(), Some(said.clone()));
        assert_eq!(Said::of(&Attributes::new()).unwrap(), None);
        let mut half = said.attributes();
        half.insert(Attribute::Metadata(RANGE_METADATA.into()), "offset=-1".into());
        assert!(Said::of(&half).is_err());
        let half: Attributes = [(Attribute::Metadata(RECIPE_METADATA.into()), "dgen1,seed=0x5")].into_iter().collect();
        assert!(Said::of(&half).unwrap_err().to_string().contains(RANGE_METADATA));
    }
}
