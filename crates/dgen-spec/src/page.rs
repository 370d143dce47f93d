//! The content of a page (section 6 of FORMAT.md).

use crate::size::PAGE;
use crate::texture::{Run, Texture};

const LINE: usize = 64;
const UNIT: usize = 16;
const HALF_SECTOR: usize = 256;

/// Lines of one step of the generator.
const STEP: usize = 4;

/// The first line of each run of a layout, and the line after the last one that is used.
pub(crate) fn line_numbers(layout: &[Run]) -> (Vec<usize>, usize) {
    let mut next: usize = 0;
    let mut firsts = Vec::new();
    for run in layout {
        let needed = run.units.div_ceil(LINE / UNIT);
        let step_end = next.next_multiple_of(STEP);
        if needed > step_end - next {
            next = step_end;
        }
        firsts.push(next);
        next += needed;
    }
    (firsts, next)
}

/// The page that a layout makes of 64 lines.
pub(crate) fn content(lines: &[u8; PAGE], layout: &[Run], texture: Texture) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    let mut start = 0;
    for (run, line) in layout.iter().zip(line_numbers(layout).0) {
        let size = run.half_sectors * HALF_SECTOR;
        let head = &lines[line * LINE..][..run.units * UNIT];
        for (i, byte) in page[start..start + size].iter_mut().enumerate() {
            *byte = match texture {
                Texture::Repeat | Texture::Tensor => head[i % head.len()],
                Texture::Zeros | Texture::Lz | Texture::Text => head.get(i).copied().unwrap_or(0),
            };
        }
        start += size;
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firsts(runs: &[(usize, usize)]) -> (Vec<usize>, usize) {
        line_numbers(&runs.iter().map(|&(half_sectors, units)| Run { half_sectors, units }).collect::<Vec<_>>())
    }

    #[test]
    fn runs_take_lines_by_steps() {
        assert_eq!(firsts(&[(2, 32); 3]), (vec![0, 8, 16], 24));
        assert_eq!(firsts(&[(2, 28); 3]), (vec![0, 8, 16], 23));
        assert_eq!(firsts(&[(2, 12), (2, 16), (2, 4), (2, 12)]), (vec![0, 4, 8, 9], 12));
        assert_eq!(firsts(&[(6, 3), (4, 3), (2, 5), (2, 5)]), (vec![0, 1, 2, 4], 6));
    }
}
