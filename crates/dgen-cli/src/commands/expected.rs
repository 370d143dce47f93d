//! `dgen info --recipe`: what is to be expected of a recipe's data.

use std::collections::BTreeMap;

use dgen::Recipe;
use dgen::units::exact_size;
use dgen_measure::Chunker;
use serde::Serialize;

use crate::display::lines::{Text, row};

/// What is to be expected of a recipe's data.
#[derive(Serialize)]
pub(super) struct Expected {
    recipe: Recipe,
    block: u64,
    dedup_ratio: f64,
    compress_ratio: f64,
    /// By the names of tools.
    chunkers: BTreeMap<&'static str, Chunked>,
}

/// What a content-defined chunker finds.
#[derive(Serialize)]
struct Chunked {
    min: u64,
    avg: u64,
    max: u64,
    /// Of the duplicate bytes.
    share: f64,
    dedup_ratio: f64,
}

impl Expected {
    pub(super) fn of(recipe: Recipe) -> Self {
        let chunked = |name: &'static str| {
            let chunker: Chunker = name.parse().ok()?;
            let (min, avg, max) = (chunker.min(), chunker.avg(), chunker.max());
            let (share, dedup_ratio) = (recipe.chunked_share(min, avg, max), recipe.chunked_ratio(min, avg, max));
            Some((name, Chunked { min, avg, max, share, dedup_ratio }))
        };
        Self {
            recipe,
            block: recipe.block_size(),
            dedup_ratio: recipe.dedup_ratio().as_f64(),
            compress_ratio: recipe.compress_ratio().as_f64(),
            chunkers: Chunker::TOOLS.into_iter().filter_map(chunked).collect(),
        }
    }

    pub(super) fn text(&self) -> Text {
        let mut text = Text::default();
        row(&mut text, "recipe", self.recipe);
        let (dedup, block) = (self.recipe.dedup_ratio(), exact_size(self.block));
        row(&mut text, "dedup", format_args!("{dedup}, at blocks that divide {block}"));
        row(&mut text, "compress", self.recipe.compress_ratio());
        if self.recipe.dedup_ratio().is_one() {
            return text;
        }
        for (name, chunked) in &self.chunkers {
            let sizes = [chunked.min, chunked.avg, chunked.max].map(exact_size).join(":");
            let (percent, ratio) = (chunked.share * 100.0, chunked.dedup_ratio);
            let found =
                format_args!("dedup {ratio:.2} by chunks of {sizes}, which find {percent:.0} % of the duplicates");
            row(&mut text, name, found);
        }
        text
    }
}
