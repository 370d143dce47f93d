//! The stream: an immutable, addressable sequence of bytes that a recipe defines.

use std::mem::MaybeUninit;
use std::sync::Arc;

use crate::driver::{PARALLEL_FROM, Team, alone, exceeds_caches, fill_grid, for_each_share};
use crate::error::{Error, Result};
use crate::fill::Filler;
use crate::kernel::{Byte, How, Kernel, Stores};
use crate::key::{Key, Tag};
use crate::plan::dedup::DedupPlan;
use crate::plan::texture;
use crate::recipe::{Recipe, Texture};
use crate::tensor::Numbers;
use crate::uninit;
use crate::units::{MAX_OFFSET, PAGE, SECTOR};

/// Bytes of a page's tag.
pub(crate) const TAG: usize = 16;

/// Blocks to each side in which the place of a duplicate is looked for.
const NEAR_BLOCKS: u64 = 4096;

/// An infinite, addressable stream of bytes. Cheap to clone, and shareable between threads.
///
/// ```
/// use dgen::{Recipe, Stream};
/// let stream = Stream::new(&"dgen1,seed=0x1f,dedup=3/2,compress=2".parse::<Recipe>()?)?;
/// let (mut a, mut b) = ([0; 100], [0; 10]);
/// stream.fill_at(1 << 40, &mut a)?;
/// stream.fill_at((1 << 40) + 50, &mut b)?;
/// assert_eq!(a[50..60], b);
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    recipe: Recipe,
    filler: Arc<Filler>,
    stores: Stores,
}

/// Where a page belongs: what [`Stream::locate`] reads from a page's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Stream offset in bytes at which the page's content first appears.
    pub offset: u64,
    /// The version of the stream that the page is of.
    pub version: u32,
    /// Whether all 4096 bytes are those of the stream; otherwise only the tag and some sector are.
    pub intact: bool,
    number: u64,
}

impl Stream {
    /// The stream of a recipe, with the kernel of `DGEN_KERNEL` or else the fastest one.
    ///
    /// # Errors
    /// When `DGEN_KERNEL` names an unknown kernel or one that this processor lacks.
    pub fn new(recipe: &Recipe) -> Result<Self> {
        Ok(Self::with_kernel(recipe, Kernel::selected()?))
    }

    /// The stream of a recipe, made by a given kernel. All kernels give the same bytes.
    pub fn with_kernel(recipe: &Recipe, kernel: Kernel) -> Self {
        let key = Key::new(recipe);
        let dedup = DedupPlan::new(recipe, key);
        let is_tensor = recipe.texture() == Texture::Tensor;
        let numbers = is_tensor.then(|| Numbers::new(recipe.dtype(), recipe.like()));
        let pages = (texture::layouts(recipe, &key), numbers);
        let filler = Filler::new(key, dedup, pages, kernel, recipe.block_size() / PAGE as u64);
        Self { recipe: *recipe, filler: Arc::new(filler), stores: Stores::Auto }
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The stream of the same recipe in another version (0 unless said): the same layout, plan and places, other bytes. So
    /// a page that was overwritten with the next version is told from one that was not. [`fill_at`](Self::fill_at) and
    /// all else act on the version of the stream; [`locate`](Self::locate) knows pages of every version.
    ///
    /// ```
    /// use dgen::{Recipe, Stream};
    /// let first = Stream::new(&Recipe::with_seed(1))?;
    /// let second = first.version(1);
    /// let mut page = [0; 4096];
    /// second.fill_at(8192, &mut page)?;
    /// let found = first.locate(&page).unwrap();
    /// assert_eq!((found.offset, found.version), (8192, 1));
    /// # Ok::<(), dgen::Error>(())
    /// ```
    #[must_use]
    pub fn version(&self, version: u32) -> Self {
        if version == self.version_number() {
            return self.clone();
        }
        Self { filler: Arc::new(self.filler.with_version(version)), ..self.clone() }
    }

    /// The same stream, whose fills store their bytes in another way. Only speed differs.
    #[must_use]
    pub fn with_stores(&self, stores: Stores) -> Self {
        Self { stores, ..self.clone() }
    }

    /// The stream of another seed, alike in all else: recipe, version, kernel and stores.
    #[must_use]
    pub fn reseeded(&self, seed: u64) -> Self {
        let recipe = self.recipe.reseeded(seed);
        let key = Key::new(&recipe).with_version(self.version_number());
        let mut filler = self.filler.with_key(key, DedupPlan::new(&recipe, key));
        if recipe.texture().is_for_one() {
            filler = filler.with_layouts(texture::layouts(&recipe, &key));
        }
        Self { recipe, filler: Arc::new(filler), stores: self.stores }
    }

    /// The version of this stream.
    pub fn version_number(&self) -> u32 {
        self.filler.key.version()
    }

    /// The kernel in use.
    pub fn kernel(&self) -> Kernel {
        self.filler.kernel()
    }

    /// Writes the bytes at `offset` and on into `out`. Allocates nothing.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    pub fn fill_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        #[allow(unsafe_code, reason = "lends bytes to what only writes bytes")]
        // SAFETY: a fill writes nothing but initialised bytes.
        let out = unsafe { uninit::from_bytes(out) };
        self.fill_uninit_at(offset, out).map(drop)
    }

    /// As [`fill_at`](Self::fill_at), for memory that need not be initialised; returns it as bytes.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    pub fn fill_uninit_at<'a>(&self, offset: u64, out: &'a mut [MaybeUninit<u8>]) -> Result<&'a mut [u8]> {
        check_range(offset, out.len())?;
        self.filler.fill(offset, out, self.how(out.len(), 1));
        #[allow(unsafe_code, reason = "the memory is full now")]
        // SAFETY: a fill writes every byte.
        Ok(unsafe { uninit::filled(out) })
    }

    /// As [`fill_at`](Self::fill_at), with up to `threads` threads (`None`: `DGEN_THREADS`, or what the machine allows).
    /// Short ranges are filled by the calling thread alone. Where there are several memory nodes, threads are placed
    /// automatically; [`fill_with`](Self::fill_with) takes another placement.
    ///
    /// # Errors
    /// When the range reaches past 2^63, or the thread count is outside 1 to 4096.
    pub fn par_fill_at(&self, offset: u64, out: &mut [u8], threads: Option<usize>) -> Result<()> {
        self.fill_with(offset, out, &Team::auto(threads)?)
    }

    /// As [`par_fill_at`](Self::par_fill_at), for memory that need not be initialised; returns it as bytes.
    ///
    /// # Errors
    /// When the range reaches past 2^63, or the thread count is outside 1 to 4096.
    pub fn par_fill_uninit_at<'a>(
        &self,
        offset: u64,
        out: &'a mut [MaybeUninit<u8>],
        threads: Option<usize>,
    ) -> Result<&'a mut [u8]> {
        self.fill_uninit_with(offset, out, &Team::auto(threads)?)
    }

    /// As [`fill_at`](Self::fill_at), on the threads of a team, where its placement has them. Short ranges are filled by
    /// the calling thread alone, which moves to the team's node for that where there is one.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    pub fn fill_with(&self, offset: u64, out: &mut [u8], team: &Team) -> Result<()> {
        #[allow(unsafe_code, reason = "lends bytes to what only writes bytes")]
        // SAFETY: a fill writes nothing but initialised bytes.
        let out = unsafe { uninit::from_bytes(out) };
        self.fill_uninit_with(offset, out, team).map(drop)
    }

    /// As [`fill_with`](Self::fill_with), for memory that need not be initialised; returns it as bytes.
    ///
    /// # Errors
    /// When the range reaches past 2^63.
    pub fn fill_uninit_with<'a>(
        &self,
        offset: u64,
        out: &'a mut [MaybeUninit<u8>],
        team: &Team,
    ) -> Result<&'a mut [u8]> {
        check_range(offset, out.len())?;
        if team.threads() == 1 || out.len() < PARALLEL_FROM {
            let how = self.how(out.len(), 1);
            alone(team, out, |out| self.filler.fill(offset, out, how));
        } else {
            let how = self.how(out.len(), team.threads());
            let grid = fill_grid(team, offset, out);
            for_each_share(team, grid, out, &|at, share| {
                self.filler.fill(offset + at as u64, share, how);
            });
        }
        #[allow(unsafe_code, reason = "the memory is full now")]
        // SAFETY: a fill writes every byte.
        Ok(unsafe { uninit::filled(out) })
    }

    /// Writes the bytes at `offset` and on, which the caller has checked to exist, on the calling thread.
    pub(crate) fn fill_checked(&self, offset: u64, out: &mut [MaybeUninit<u8>], past_caches: bool) {
        self.filler.fill(offset, out, How { stream: past_caches, tagged: true });
    }

    /// Writes the numbers at `offset` and on, those that tags take the place of among them; the caller has checked that
    /// they exist.
    pub(crate) fn fill_untagged(&self, offset: u64, out: &mut [u8]) {
        #[allow(unsafe_code, reason = "lends bytes to what only writes bytes")]
        // SAFETY: a fill writes nothing but initialised bytes.
        let out = unsafe { uninit::from_bytes(out) };
        self.filler.fill(offset, out, How { tagged: false, ..How::CACHED });
    }

    /// How so many bytes are filled by so many threads: past the caches where they exceed them.
    fn how(&self, len: usize, threads: usize) -> How {
        let stream = match self.stores {
            Stores::Auto => exceeds_caches(len, threads),
            Stores::Cached => false,
            Stores::Streaming => true,
        };
        How { stream, tagged: true }
    }

    /// Distinct blocks among the first `blocks` blocks: ceil(blocks / dedup ratio), or what FORMAT.md says of another
    /// `early` and `runs`.
    pub fn distinct_blocks(&self, blocks: u64) -> u64 {
        self.filler.dedup.distinct(blocks)
    }

    /// The content id of block `block`: blocks with equal ids hold equal bytes.
    pub fn content_of_block(&self, block: u64) -> u64 {
        self.filler.dedup.content(block)
    }

    /// Finds where a page of 4096 bytes belongs in this stream, and of which version it is, from its first 16 bytes.
    ///
    /// `None` when the page is shorter, carries no tag of this stream, or no sector behind its tag is what the tag
    /// stands for: other data is not named by chance.
    pub fn locate(&self, page: &[u8]) -> Option<Location> {
        let page: &[u8; PAGE] = page.first_chunk()?;
        let location = self.tagged(page.first_chunk()?)?;
        let mut whole = [Byte::uninit(); PAGE];
        self.filler.page_by_number(location.number, location.version, &mut whole);
        #[allow(unsafe_code, reason = "the page is full now")]
        // SAFETY: the fill of a page writes every byte.
        let whole = unsafe { uninit::filled(&mut whole) };
        shows(whole, page).then(|| Location { intact: whole == page, ..location })
    }

    /// What a tag says of the page that begins with it; not whether there is such a page behind it.
    fn tagged(&self, tag: &[u8; TAG]) -> Option<Location> {
        let (number, version) = self.filler.key.untag(tag_of(tag))?;
        let ppb = self.filler.pages_per_block();
        let block = self.filler.dedup.first_block(number / ppb)?;
        let first = block.checked_mul(ppb)?.checked_add(number % ppb)?;
        let offset = first.checked_mul(PAGE as u64).filter(|&offset| offset < MAX_OFFSET)?;
        Some(Location { offset, version, intact: false, number })
    }

    /// Where an intact page belongs of which only the beginning may be there, but so much of it that it is told from
    /// other data.
    pub(crate) fn located(&self, page: &[u8]) -> Option<Location> {
        if page.len() >= PAGE {
            return self.locate(page).filter(|location| location.intact);
        }
        let location = self.tagged(page.first_chunk().filter(|_| page.len() >= 4 * TAG)?)?;
        let mut whole = [0; PAGE];
        self.version(location.version).fill_at(location.offset, &mut whole).ok()?;
        (whole[..page.len()] == *page).then_some(Location { intact: true, ..location })
    }

    /// The stream offset at which the page first appears that has this tag in the stream's own version. Chance names one in
    /// 2^77 other tags.
    pub(crate) fn offset_of_tag(&self, tag: &[u8; TAG]) -> Option<u64> {
        if !self.filler.key.is_own(tag_of(tag)) {
            return None;
        }
        self.tagged(tag).map(|location| location.offset)
    }

    /// The same, at the offset nearest to `near` at which the page appears, where that is not far.
    pub(crate) fn nearest_of_tag(&self, tag: &[u8; TAG], near: u64) -> Option<u64> {
        let first = self.offset_of_tag(tag)?;
        if self.recipe.dedup_ratio().is_one() {
            return Some(first);
        }
        let size = self.recipe.block_size();
        let (content, here) = (self.content_of_block(first / size), near / size);
        let blocks = (0..=NEAR_BLOCKS).flat_map(|far| [here.checked_add(far), here.checked_sub(far)]).flatten();
        let mut blocks = blocks.filter(|block| *block < MAX_OFFSET / size);
        let block = blocks.find(|block| self.content_of_block(*block) == content);
        Some(block.map_or(first, |block| block * size + first % size))
    }

    /// Whether a located page is the one that belongs at the page-aligned stream offset `offset`.
    pub fn belongs_at(&self, location: Location, offset: u64) -> bool {
        offset.is_multiple_of(PAGE as u64) && self.filler.page_number(offset / PAGE as u64) == location.number
    }
}

/// Whether some sector of `page` is that of `whole`. A sector of zeros shows nothing, as other data has those too.
fn shows(whole: &[u8], page: &[u8; PAGE]) -> bool {
    let mut sectors = whole.chunks(SECTOR).zip(page.chunks(SECTOR));
    sectors.any(|(expected, actual)| expected == actual && expected.iter().any(|&byte| byte != 0))
}

fn tag_of(bytes: &[u8; TAG]) -> Tag {
    let [first, second] = [0, 8].map(|at| *bytes[at..].first_chunk().expect("a tag has two words"));
    Tag(u64::from_le_bytes(first), u64::from_le_bytes(second))
}

/// Refuses ranges that reach past 2^63.
pub(crate) fn check_range(offset: u64, len: usize) -> Result<()> {
    match offset.checked_add(len as u64) {
        Some(end) if end <= MAX_OFFSET => Ok(()),
        _ => Err(Error::invalid(
            "offset",
            format_args!("{offset} (with length {len})"),
            "ranges that end at or below 2^63",
        )),
    }
}
