//! The memory that zram takes for a compressed page: zsmalloc's size classes, with 4 KiB pages and chains of up to 8.

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

/// Bytes of memory, its share of the pages of its class, for a page that compresses to `size`.
pub(super) fn allocated(size: u64) -> u64 {
    if size >= huge() {
        return PAGE;
    }
    let class = (size + HANDLE).max(LEAST).next_multiple_of(STEP);
    let (pages, objects) = chain(class);
    pages * PAGE / objects
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
    fn more_takes_no_less_than_itself() {
        for size in 1..=4096 {
            assert!(allocated(size) >= size.min(4096) && allocated(size) <= 4096, "{size}");
        }
    }
}
