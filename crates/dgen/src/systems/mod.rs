//! Storage systems to make data for: which recipe gives data that takes there what was asked (FORMAT.md, section 14).

mod known;
mod table;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::ratio::Ratio;
use crate::recipe::{Recipe, RecipeBuilder};
use crate::units::{exact_size, parse_size};
use known::{KNOWN, Known};
use table::{Curve, ONE};

/// A system that data is made for.
///
/// ```
/// use dgen::{Ratio, System};
/// let system: System = "zfs:8KiB".parse()?;
/// let fit = system.fit(Ratio::ONE, Ratio::new("compress ratio", 3, 2, 200)?)?;
/// let recipe = fit.builder().seed(7).build()?;
/// assert_eq!(recipe.tune().name(), "lz4");
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    name: String,
}

/// What makes data fit a system: recipe values, and what cannot be had.
#[derive(Clone, Debug)]
pub struct Fit {
    builder: RecipeBuilder,
    /// What the system does not do, for people: a sentence each.
    pub notes: Vec<String>,
}

impl System {
    /// The name, with the size or level that it was given or has by default.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All systems, with their sizes and levels.
    pub fn all() -> impl Iterator<Item = Self> {
        table::names().map(|name| Self { name: name.to_owned() })
    }

    /// The system of a name, such as `zfs:128KiB`.
    ///
    /// # Errors
    /// Names `option`, the text and all systems.
    pub fn parse(option: &str, text: &str) -> Result<Self> {
        let (word, given) = text.split_once(':').map_or((text, None), |(word, given)| (word, Some(given)));
        let known = KNOWN.iter().find(|known| known.name == word);
        let name = known.and_then(|known| match (given, known.default) {
            (None, None) => Some(word.to_owned()),
            (None, Some(default)) => Some(format!("{word}:{default}")),
            (Some(_), None) => None,
            (Some(level), Some(_)) if known.levels => {
                let level = level.parse().ok().filter(|level| (1..=22).contains(level))?;
                table::nearest_level(word, level)
            }
            (Some(size), Some(_)) => Some(format!("{word}:{}", exact_size(parse_size(option, size).ok()?))),
        });
        name.filter(|name| Curve::of(name).is_some()).map(|name| Self { name }).ok_or_else(|| {
            let names = Self::all().map(|system| system.name).collect::<Vec<_>>().join(", ");
            Error::invalid(option, format_args!("`{text}`"), &names)
        })
    }

    /// What it is, for people.
    pub fn description(&self) -> &'static str {
        self.known().description
    }

    /// Whether it finds duplicate blocks by itself.
    pub fn dedups(&self) -> bool {
        self.known().note.is_none()
    }

    /// The largest compress ratio that can be had there.
    pub fn largest(&self) -> f64 {
        f64::from(self.curve().largest()) / f64::from(ONE)
    }

    /// Recipe values with which the data takes `dedup` times `compress` less than its size there: texture, tune, spread, and
    /// the compress ratio that the data needs. The dedup block stays the default, of which every record is a part.
    ///
    /// # Errors
    /// When the compress ratio cannot be had there; the message names the nearest that can.
    pub fn fit(&self, dedup: Ratio, compress: Ratio) -> Result<Fit> {
        let mut notes = Vec::new();
        let known = self.known();
        if let Some(note) = known.note.filter(|_| !dedup.is_one()) {
            notes.push(format!("{} does not deduplicate by itself: dedup ratio {dedup} {note}", self.name));
        }
        let builder = Recipe::builder().dedup(dedup);
        if compress.is_one() {
            return Ok(Fit { builder, notes });
        }
        let curve = self.curve();
        let Some(thousandths) = curve.compress_for(compress) else {
            let [least, largest] = [curve.least(), curve.largest()].map(|ratio| f64::from(ratio) / f64::from(ONE));
            let from = if curve.least() > ONE { format!("1, and {least:.2}") } else { "1".to_owned() };
            let accepted = format!("{from} to {largest:.2}: {}", known.limit);
            return Err(Error::invalid("compress ratio", format_args!("{compress} for {}", self.name), &accepted));
        };
        let stored = Ratio::new("compress ratio", thousandths.into(), ONE.into(), crate::recipe::MAX_COMPRESS)?;
        let builder = builder.compress(stored).spread(curve.spread).texture(curve.texture).tune(curve.tune);
        Ok(Fit { builder, notes })
    }

    fn known(&self) -> &'static Known {
        let word = self.name.split(':').next();
        KNOWN.iter().find(|known| Some(known.name) == word).expect("a system has a known name")
    }

    fn curve(&self) -> Curve {
        Curve::of(&self.name).expect("a system is in the table")
    }
}

impl Fit {
    /// A builder with all values but the seed.
    pub fn builder(&self) -> RecipeBuilder {
        self.builder.clone()
    }
}

impl FromStr for System {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse("for", text)
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

#[cfg(test)]
mod tests;
