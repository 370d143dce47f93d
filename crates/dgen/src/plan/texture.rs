//! How compressible pages are laid out (FORMAT.md, sections 5 and 6), compiled to the moves that kernels make.

use super::{pieces, text};
use crate::calibration::{FULL_COST, Texture, rows};
use crate::choice::Choice;
use crate::key::Key;
use crate::layout::{Kept, LINES, Layout, PageLayouts, SPARE_LINE};
use crate::recipe::Recipe;
use crate::units::{LINE, PAGE};

const UNIT: usize = 16;
const HALF_SECTOR: usize = 256;
/// The fully random page, as the sectors that it is made of.
const RANDOM_PAGE: [(u8, u16); 8] = [(2, 32); 8];

/// The layouts of a recipe's pages; `None` for compress ratio 1.
pub(crate) fn layouts(recipe: &Recipe, key: &Key) -> Option<PageLayouts> {
    if recipe.compress_ratio().is_one() {
        return None;
    }
    let texture = recipe.texture();
    match texture {
        Texture::Lz => return Some(pieces::layouts(recipe, key)),
        Texture::Text => return Some(text::layouts(recipe, key)),
        _ => {}
    }
    let (mut runs, mut costs): (Vec<_>, Vec<_>) =
        rows(texture, recipe.tune()).map(|(row, cost)| (row.runs, cost)).unzip();
    runs.push(&RANDOM_PAGE);
    costs.push(FULL_COST);
    // One run fills whole sectors alike; several differ from each other and within themselves.
    let apart = runs.iter().position(|runs| runs.len() > 1).map_or(FULL_COST, |row| costs[row]);
    let (choice, used) = Choice::new(&costs, apart, recipe.compress_ratio(), recipe.spread());
    let layouts = runs[used].iter().map(|runs| Layout::new(runs, texture)).collect();
    Some(PageLayouts { choice, layouts })
}

impl Layout {
    fn new(runs: &[(u8, u16)], texture: Texture) -> Self {
        if texture == Texture::Zeros {
            return Self::zeros(runs);
        }
        Self::single(runs).or_else(|| Self::sectors(runs)).unwrap_or_else(|| Self::gathered(runs))
    }

    fn single(runs: &[(u8, u16)]) -> Option<Self> {
        let halves = runs[0].0;
        if halves > 2 {
            return None;
        }
        let mut kept = [Kept::Line; 16];
        for (kept, &run) in kept.iter_mut().zip(runs) {
            *kept = match run {
                (h, 4) if h == halves => Kept::Line,
                (h, 2) if h == halves => Kept::Half,
                (h, 1) if h == halves => Kept::Quarter,
                _ => return None,
            };
        }
        Some(Self::Single { eight: halves == 2, kept })
    }

    fn sectors(runs: &[(u8, u16)]) -> Option<Self> {
        let mut lines = [0; 8];
        if runs.len() != lines.len() {
            return None;
        }
        for (lines, &(halves, units)) in lines.iter_mut().zip(runs) {
            if halves != 2 || units % 4 != 0 || !(12..=32).contains(&units) {
                return None;
            }
            *lines = (units / 4).to_le_bytes()[0];
        }
        Some(Self::Sectors(lines))
    }

    fn gathered(runs: &[(u8, u16)]) -> Self {
        let (mut home, mut from) = (Box::new([offset(SPARE_LINE); LINES]), Box::new([0; LINES]));
        let mut extend = Vec::new();
        let mut lines = LineCount::default();
        let (mut placed, mut scratch) = (0, 0);
        for &(halves, units) in runs {
            let head = head(units);
            for (line, home) in home[lines.take(head.div_ceil(LINE))].iter_mut().enumerate() {
                *home = offset(scratch + line * LINE);
            }
            for line in 0..usize::from(halves) * HALF_SECTOR / LINE {
                from[placed] = offset(scratch + line * LINE % head);
                placed += 1;
            }
            // Reads start inside the head, so where it ends inside a line the 64 bytes past it must continue it.
            let mut end = scratch + head;
            while !head.is_multiple_of(LINE) && end < scratch + head + LINE {
                extend.push((offset(end), offset(scratch)));
                end += head.min(LINE);
            }
            scratch = (end + LINE).next_multiple_of(LINE);
        }
        debug_assert!(placed == LINES && scratch <= SPARE_LINE);
        Self::Gathered { steps: lines.steps(), home, extend, from }
    }

    fn zeros(runs: &[(u8, u16)]) -> Self {
        // Lines that no head needs land on the page's last line, and are cut from it at the end. Where the last head
        // reaches that line, it fills whole steps, so nothing lands there after it.
        let last = offset(PAGE - LINE);
        let mut home = Box::new([last; LINES]);
        let mut cut = Vec::new();
        let mut lines = LineCount::default();
        let mut start = 0;
        for &(halves, units) in runs {
            let needed = head(units).div_ceil(LINE);
            for (line, home) in home[lines.take(needed)].iter_mut().enumerate() {
                *home = offset(start + line * LINE);
            }
            if !head(units).is_multiple_of(LINE) {
                let kept = u8::try_from(head(units) % LINE).expect("less than a line");
                cut.push((offset(start + (needed - 1) * LINE), kept));
            }
            start += usize::from(halves) * HALF_SECTOR;
        }
        if runs.last().is_some_and(|&(halves, units)| head(units) + LINE <= usize::from(halves) * HALF_SECTOR) {
            cut.push((last, 0));
        }
        Self::Zeros { steps: lines.steps(), home, cut }
    }
}

/// Deals lines to runs: from the current step while enough are left there, else from the next.
#[derive(Default)]
struct LineCount(usize);

impl LineCount {
    fn take(&mut self, lines: usize) -> std::ops::Range<usize> {
        let left = self.0.next_multiple_of(4) - self.0;
        let start = if lines <= left { self.0 } else { self.0 + left };
        self.0 = start + lines;
        start..self.0
    }

    fn steps(&self) -> usize {
        self.0.div_ceil(4)
    }
}

fn head(units: u16) -> usize {
    usize::from(units) * UNIT
}

fn offset(position: usize) -> u16 {
    u16::try_from(position).expect("offsets in a page or a scratch are below 65536")
}
