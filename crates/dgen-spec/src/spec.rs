//! From a stream offset to a byte (section 8 of FORMAT.md).

use crate::dedup::Plan;
use crate::keys::Keys;
use crate::lines::lines;
use crate::number::index;
use crate::page;
use crate::pieces::PieceLayouts;
use crate::ratio::Ratio;
use crate::recipe::Recipe;
use crate::size::{PAGE, STREAM_END};
use crate::spread::Spread;
use crate::tag::{tag, untag};
use crate::tensor::Fields;
use crate::texture::{Layouts, Row, Run, Texture, Tune, used_rows};

/// A sector, the smallest part of a page that confirms its tag.
const SECTOR: usize = 512;

/// What a page found anywhere is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The first stream offset at which the page stands.
    pub offset: u64,
    /// The version of the stream that it belongs to.
    pub version: u32,
    /// Whether all of its bytes are as they should be.
    pub intact: bool,
}

/// The stream of a recipe, in one of its versions.
#[derive(Clone, Debug)]
pub struct Spec {
    pub(crate) keys: Keys,
    pub(crate) version: u32,
    pub(crate) block: u64,
    pub(crate) plan: Plan,
    pub(crate) layouts: Layouts,
    pub(crate) spread: Option<Spread>,
    rows: Vec<Row>,
    texture: Texture,
    pub(crate) pieces: Option<PieceLayouts>,
    fields: Fields,
}

impl Spec {
    /// The stream of `recipe`, in version 0.
    pub fn new(recipe: &Recipe) -> Spec {
        let keys = Keys::new(&recipe.canonical());
        let (texture, tune, compress) = (recipe.texture, recipe.tune, recipe.compress);
        let rows = used_rows(texture, tune);
        let (layouts, pieces, spread) = if texture == Texture::Tensor {
            (Layouts::new(Texture::Repeat, Tune::Any, Ratio::ONE), None, None)
        } else if texture.is_made() {
            // The table of runs takes no part: pages are their lines, or made of pieces or words.
            let plain = Layouts::new(Texture::Repeat, tune, Ratio::ONE);
            let pieces = PieceLayouts::new(texture, tune, compress, &recipe.canonical());
            let spread = pieces.as_ref().and_then(|pieces| {
                let costs = pieces.costs();
                Spread::new(costs[0], costs, compress, recipe.spread)
            });
            (plain, pieces, spread)
        } else {
            let apart = rows.iter().find(|row| row.runs.len() > 1).expect("such a row").cost;
            let costs = rows.iter().map(|row| row.cost).collect();
            (Layouts::new(texture, tune, compress), None, Spread::new(apart, costs, compress, recipe.spread))
        };
        Spec {
            version: 0,
            block: recipe.block,
            plan: Plan::new(recipe, &keys),
            spread,
            rows,
            layouts,
            texture,
            pieces,
            fields: Fields::new(recipe.dtype, recipe.like),
            keys,
        }
    }

    /// The same stream in another version.
    #[must_use]
    pub fn version(mut self, version: u32) -> Spec {
        self.version = version;
        self
    }

    /// The number of distinct contents in the first `n` blocks.
    ///
    /// # Panics
    /// Panics when the count is not below 2^64, which is far outside the stream.
    pub fn distinct(&self, n: u64) -> u64 {
        self.plan.distinct(n)
    }

    /// The content id of block `i`.
    ///
    /// # Panics
    /// Panics when the block is outside the stream.
    pub fn content_of_block(&self, i: u64) -> u64 {
        assert!(i < STREAM_END.div_ceil(self.block), "block {i} is outside the stream");
        self.plan.content(i)
    }

    /// The number of the page that holds the byte at `offset`.
    ///
    /// # Panics
    /// Panics when the offset is not below 2^63.
    pub fn page_of_offset(&self, offset: u64) -> u64 {
        assert!(offset < STREAM_END, "offset {offset} is outside the stream");
        let content = self.content_of_block(offset / self.block);
        let page = PAGE as u64;
        content * (self.block / page) + offset % self.block / page
    }

    /// The tag of page `n`: the first 16 bytes of the page.
    pub fn tag(&self, n: u64) -> [u8; 16] {
        let [t0, t1] = tag(&self.keys, n, self.version);
        (u128::from(t0) | u128::from(t1) << 64).to_le_bytes()
    }

    /// The page number and the version of a tag, or `None` when the bytes are no tag of this stream. It takes one
    /// foreign tag in 2^32 for one of its own: see [`locate`](Self::locate).
    pub fn untag(&self, bytes: [u8; 16]) -> Option<(u64, u32)> {
        let both = u128::from_le_bytes(bytes);
        untag(&self.keys, [crate::number::low(both), crate::number::high(both)])
    }

    /// The bytes of page `n`.
    pub fn page(&self, n: u64) -> [u8; PAGE] {
        let lines = lines(tag(&self.keys, n, self.version), &self.keys.l);
        if self.texture == Texture::Tensor {
            return self.fields.content(&lines);
        }
        match &self.pieces {
            Some(pieces) => pieces.page(&lines, self.row(n), n),
            None => page::content(&lines, self.layout(n), self.texture),
        }
    }

    /// The row of page `n`, of a stream with a spread.
    fn row(&self, n: u64) -> Option<usize> {
        self.spread.as_ref().map(|spread| spread.row(&self.keys, n))
    }

    /// The layout of page `n`.
    pub(crate) fn layout(&self, n: u64) -> &[Run] {
        match self.row(n) {
            Some(row) => &self.rows[row].runs,
            None => self.layouts.of_page(n),
        }
    }

    /// The numbers of page `n`, with those that its tag takes the place of.
    pub fn numbers(&self, n: u64) -> [u8; PAGE] {
        self.fields.numbers(&lines(tag(&self.keys, n, self.version), &self.keys.l))
    }

    /// The first stream offset of page `n`; `None` when the stream has no such page.
    fn first_offset(&self, n: u64) -> Option<u64> {
        let pages = self.block / PAGE as u64;
        let block = self.plan.first_block(n / pages)?;
        let offset = block.checked_mul(self.block)?.checked_add(n % pages * PAGE as u64)?;
        (offset < STREAM_END).then_some(offset)
    }

    /// Where a page belongs that was found anywhere, and in which version of the stream. The tag alone is not
    /// enough: a sector of the page must be what the stream has there, and not all zeros.
    pub fn locate(&self, found: &[u8; PAGE]) -> Option<Location> {
        let (tag, _) = found.split_first_chunk().expect("a page is longer than a tag");
        let (n, version) = self.untag(*tag)?;
        let offset = self.first_offset(n)?;
        let page = self.clone().version(version).page(n);
        let mut sectors = page.chunks(SECTOR).zip(found.chunks(SECTOR));
        let confirmed = sectors.any(|(ours, theirs)| ours == theirs && ours.iter().any(|&byte| byte != 0));
        confirmed.then_some(Location { offset, version, intact: page == *found })
    }

    /// The byte at `offset`.
    ///
    /// # Panics
    /// Panics when the offset is not below 2^63.
    pub fn byte(&self, offset: u64) -> u8 {
        self.page(self.page_of_offset(offset))[index(offset % PAGE as u64)]
    }

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Panics
    /// Panics when a byte would have an offset that is not below 2^63.
    pub fn fill(&self, mut offset: u64, mut out: &mut [u8]) {
        while !out.is_empty() {
            let page = self.page(self.page_of_offset(offset));
            let rest = &page[index(offset % PAGE as u64)..];
            let (part, others) = out.split_at_mut(rest.len().min(out.len()));
            part.copy_from_slice(&rest[..part.len()]);
            offset += part.len() as u64;
            out = others;
        }
    }
}
