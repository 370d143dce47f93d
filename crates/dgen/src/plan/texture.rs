//! How compressible pages are laid out (FORMAT.md, sections 5.3 and 6), compiled to offsets that kernels follow.

use crate::error::{Error, Result};
use crate::plan::texture_table::{REPEAT, Row, ZEROS};
use crate::recipe::{Recipe, Texture, Tune};
use crate::units::{LINE, PAGE};

/// Bytes of scratch that hold one page's generated lines and their continuations.
pub(crate) const SCRATCH: usize = 8192;
/// Lines in a page.
pub(crate) const LINES: usize = PAGE / LINE;

const UNIT: usize = 16;
const HALF_SECTOR: usize = 256;
/// The line of the scratch that takes what is generated but not needed.
const SPARE_LINE: usize = SCRATCH - LINE;
const FULL_COST: u128 = 65536;
const RANDOM_PAGE: [(u8, u16); 1] = [(16, 256)];

/// The two layouts that a stream's pages mix.
#[derive(Clone, Debug)]
pub(crate) struct TexturePlan {
    /// Share of pages with the second layout, in 2^-32.
    share: u32,
    layouts: [Layout; 2],
}

/// One page layout, compiled to the moves a kernel makes.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Generator steps (of four lines) needed.
    pub(crate) steps: usize,
    /// Where each generated line goes: a byte offset in the page, or in the scratch.
    pub(crate) home: [u16; LINES],
    /// How the rest of the page follows from the generated lines.
    pub(crate) rest: Rest,
}

/// How a page follows from its generated lines.
#[derive(Clone, Debug)]
pub(crate) enum Rest {
    /// Generated lines are in the page already, because every head is whole lines or part of one.
    InPage {
        /// Lines to narrow, with the bytes kept: the rest of the line repeats them, or is zero.
        narrow: Vec<(u16, u8)>,
        /// Whether narrowed lines continue with zeros.
        zeros: bool,
        /// Lines to copy: (to, from), in order.
        copies: Vec<(u16, u16)>,
        /// Lines to clear.
        clear: Vec<u16>,
    },
    /// Generated lines are in a scratch, because some head ends inside a line and repeats past it.
    Gathered {
        /// Copies inside the scratch that continue a head past its end: (to, from), 64 bytes each, in order.
        extend: Vec<(u16, u16)>,
        /// Scratch offset of each line of the page.
        from: [u16; LINES],
    },
}

impl TexturePlan {
    /// The plan of a recipe; `None` for compress ratio 1.
    pub(crate) fn new(recipe: &Recipe) -> Option<Self> {
        if recipe.compress_ratio().is_one() {
            return None;
        }
        let (low, high, share) = choose(recipe);
        let texture = recipe.texture();
        let layout = |row: Option<&Row>| Layout::new(row.map_or(&RANDOM_PAGE, |row| row.runs), texture);
        Some(Self { share, layouts: [layout(Some(low)), layout(high)] })
    }

    /// The layout of page `number`.
    #[inline]
    pub(crate) fn layout(&self, number: u64) -> &Layout {
        #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are wanted")]
        let phase = (number as u32).wrapping_mul(self.share);
        &self.layouts[usize::from(phase.checked_add(self.share).is_none())]
    }
}

/// Refuses a ratio that the tuned compressor cannot reach.
pub(crate) fn check(recipe: &Recipe) -> Result<()> {
    let ratio = recipe.compress_ratio();
    if ratio.is_one() || recipe.tune() == Tune::Any {
        return Ok(());
    }
    let first = rows(recipe).next().map_or(FULL_COST, |(_, cost)| cost);
    if FULL_COST * u128::from(ratio.den()) < first * u128::from(ratio.num()) {
        let reach = (FULL_COST * 100 / first) as f64 / 100.0;
        let accepted = format!("1 to {reach} with tune={}", recipe.tune().name());
        return Err(Error::invalid("compress ratio", ratio, &accepted));
    }
    Ok(())
}

/// The table rows used by a recipe, with their costs, cheapest first.
fn rows(recipe: &Recipe) -> impl Iterator<Item = (&'static Row, u128)> + use<> {
    let table: &'static [Row] = match recipe.texture() {
        Texture::Repeat => &REPEAT,
        Texture::Zeros => &ZEROS,
    };
    let column = recipe.tune() as usize;
    table.iter().map(move |row| (row, u128::from(row.cost[column]))).filter(|&(_, cost)| cost > 0)
}

/// The two neighbouring layouts around the target cost (`None` = fully random page) and the share of the second.
fn choose(recipe: &Recipe) -> (&'static Row, Option<&'static Row>, u32) {
    let (p, q) = (u128::from(recipe.compress_ratio().num()), u128::from(recipe.compress_ratio().den()));
    let target = FULL_COST * q; // in units of 1/p
    let mut low: Option<(&Row, u128)> = None;
    let mut high = (None, FULL_COST);
    for (row, cost) in rows(recipe) {
        if cost * p > target {
            high = (Some(row), cost);
            break;
        }
        low = Some((row, cost));
    }
    let Some((low, cost)) = low else {
        // The ratio is beyond the smallest layout, which is then the only one.
        let row = high.0.expect("the table is not empty");
        return (row, Some(row), 0);
    };
    let share = ((target - cost * p) << 32) / ((high.1 - cost) * p);
    (low, high.0, u32::try_from(share).expect("the target is below the upper cost"))
}

impl Layout {
    fn new(runs: &[(u8, u16)], texture: Texture) -> Self {
        let zeros = texture == Texture::Zeros;
        let whole_lines = |&(_, units): &(u8, u16)| units % 4 == 0 || units <= 2;
        let mut layout = if zeros || (runs.len() > 1 && runs.iter().all(whole_lines)) {
            Self::in_page(runs, zeros)
        } else {
            Self::gathered(runs)
        };
        let lines: usize = runs.iter().map(|&(_, units)| head(units).div_ceil(LINE)).sum();
        layout.steps = lines.div_ceil(4);
        layout
    }

    fn in_page(runs: &[(u8, u16)], zeros: bool) -> Self {
        // Lines generated beyond the last head go to the page's last line, which is written after them.
        let mut home = [offset(PAGE - LINE); LINES];
        let (mut narrow, mut copies, mut clear) = (Vec::new(), Vec::new(), Vec::new());
        let (mut generated, mut start) = (0, 0);
        for &(halves, units) in runs {
            let (end, lines) = (start + usize::from(halves) * HALF_SECTOR, head(units).div_ceil(LINE));
            for line in 0..lines {
                home[generated + line] = offset(start + line * LINE);
            }
            let kept = head(units) % LINE;
            if kept != 0 {
                narrow.push((offset(start + (lines - 1) * LINE), u8::try_from(kept).expect("kept < 64")));
            }
            for to in (start + lines * LINE..end).step_by(LINE) {
                if zeros { clear.push(offset(to)) } else { copies.push((offset(to), offset(to - lines * LINE))) }
            }
            generated += lines;
            start = end;
        }
        Self { steps: 0, home, rest: Rest::InPage { narrow, zeros, copies, clear } }
    }

    fn gathered(runs: &[(u8, u16)]) -> Self {
        let (mut home, mut from) = ([offset(SPARE_LINE); LINES], [0; LINES]);
        let mut extend = Vec::new();
        let (mut generated, mut placed, mut scratch) = (0, 0, 0);
        for &(halves, units) in runs {
            let (head, covered) = (head(units), usize::from(halves) * HALF_SECTOR / LINE);
            let lines = head.div_ceil(LINE);
            for line in 0..lines {
                home[generated + line] = offset(scratch + line * LINE);
            }
            for line in 0..covered {
                from[placed + line] = offset(scratch + line * LINE % head);
            }
            // Reads start inside the head, so the 64 bytes past it must continue it.
            let mut to = scratch + head;
            while to < scratch + head + LINE {
                extend.push((offset(to), offset(scratch)));
                to += head.min(LINE);
            }
            generated += lines;
            placed += covered;
            scratch = (to + LINE).next_multiple_of(LINE);
        }
        debug_assert!(placed == LINES && generated <= LINES && scratch <= SPARE_LINE);
        Self { steps: 0, home, rest: Rest::Gathered { extend, from } }
    }
}

fn head(units: u16) -> usize {
    usize::from(units) * UNIT
}

fn offset(position: usize) -> u16 {
    u16::try_from(position).expect("scratch offsets are below 8192")
}
