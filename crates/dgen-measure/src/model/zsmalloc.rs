//! The memory that zram takes for a compressed page: zsmalloc's size classes, with 4 KiB pages and chains of up to 8.

use std::collections::BTreeMap;

use crate::keep::keeps;

const PAGE: u64 = 4096;
/// The distance between two classes, and the smallest.
const STEP: u64 = 16;
const LEAST: u64 = 32;
/// Most pages that one class spans.
const CHAIN: u64 = 8;
/// Bytes that each object has beside its content.
const HANDLE: u64 = 8;

/// Pages that objects of a class share, and how many there are in them.
fn chain(class: u64) -> (u64, u64) {
    let pages = if class.is_power_of_two() { 1 } else { (1..=CHAIN).min_by_key(|k| k * PAGE % class).unwrap_or(1) };
    (pages, pages * PAGE / class)
}

/// Where a page is stored raw: from this size on.
fn huge() -> u64 {
    let shares = |class: &u64| {
        let (pages, objects) = chain(*class);
        pages != 1 && objects != 1
    };
    let largest = (0..=(PAGE - LEAST) / STEP).rev().map(|index| LEAST + index * STEP).find(shares);
    largest.unwrap_or(PAGE) - (HANDLE - 1)
}

/// The class of a page that compresses to `size`; `None` where it is stored raw.
fn class(size: u64) -> Option<u64> {
    (size < huge()).then(|| (size + HANDLE).max(LEAST).next_multiple_of(STEP))
}

/// Bytes of memory, its share of the pages of its class, for a page that compresses to `size`.
pub(super) fn allocated(size: u64) -> u64 {
    let Some(class) = class(size) else { return PAGE };
    let (pages, objects) = chain(class);
    pages * PAGE / objects
}

/// The objects of each class.
#[derive(Default)]
pub(crate) struct Pool {
    /// By the number of the class.
    objects: Vec<u64>,
}

keeps!(Pool: objects);

impl Pool {
    /// Takes a page that compresses to `size`.
    pub(crate) fn add(&mut self, size: u64) {
        let Some(class) = class(size) else { return };
        let number = usize::try_from((class - LEAST) / STEP).expect("classes are few");
        self.objects.resize(self.objects.len().max(number + 1), 0);
        self.objects[number] += 1;
    }

    /// Bytes of the pages that were begun and are not full, given all objects, or else about that for more of the same.
    pub(crate) fn unfilled(&self, all: bool) -> u64 {
        // Classes that share pages alike are one.
        let mut chains: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for (number, count) in (0..).zip(&self.objects).filter(|(_, count)| **count > 0) {
            *chains.entry(chain(LEAST + STEP * number)).or_default() += count;
        }
        let spare = |((pages, objects), count): (&(u64, u64), &u64)| {
            let whole = pages * PAGE;
            if all {
                (count.next_multiple_of(*objects) - count) * whole / objects
            } else {
                (objects - 1) * whole / objects / 2
            }
        };
        chains.iter().map(spare).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_share_pages_with_the_least_waste() {
        // 8 pages hold 9 objects of 3632 bytes, 80 bytes of waste; one page of 2048 holds two.
        assert_eq!((chain(3632), chain(2048), chain(4096)), ((8, 9), (1, 2), (1, 1)));
        assert_eq!(huge(), 3632 - 7);
        assert_eq!(allocated(3625), 4096);
        assert_eq!(allocated(3624), 8 * 4096 / 9);
        assert_eq!(allocated(2040), 2048);
        assert_eq!(allocated(1), 32);
    }

    #[test]
    fn pages_that_are_begun_are_taken_whole() {
        let mut pool = Pool::default();
        assert_eq!(pool.unfilled(true), 0);
        // Nine of 3624 bytes fill eight pages; the tenth begins others.
        (0..10).for_each(|_| pool.add(3624));
        assert_eq!(pool.unfilled(true), 8 * 8 * 4096 / 9);
        (0..8).for_each(|_| pool.add(3620));
        assert_eq!(pool.unfilled(true), 0);
        // Two halves share a page; raw pages leave nothing.
        (0..3).for_each(|_| pool.add(2040));
        pool.add(4096);
        assert_eq!((pool.unfilled(true), pool.unfilled(false)), (2048, 8 * 8 * 4096 / 9 / 2 + 1024));
    }

    #[test]
    fn more_takes_no_less_than_itself() {
        for size in 1..=4096 {
            assert!(allocated(size) >= size.min(4096) && allocated(size) <= 4096, "{size}");
        }
    }
}
