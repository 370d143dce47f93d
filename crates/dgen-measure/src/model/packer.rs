//! How dm-vdo packs compressed blocks: best fit into a few open blocks.

use crate::keep::keeps;

/// A physical block, and what of it is left for fragments below the header (versions and 14 lengths).
const BLOCK: u64 = 4096;
const SLOTS: usize = 14;
const ROOM: u64 = BLOCK - 8 - 2 * SLOTS as u64;
/// Blocks that are open at a time.
const BINS: usize = 16;

/// Fragments that will share a block.
#[derive(Clone, Copy, Default)]
struct Bin {
    used: u64,
    slots: usize,
}

/// Counts the blocks that fragments end in.
#[derive(Default)]
pub(crate) struct Packer {
    bins: [Bin; BINS],
    blocks: u64,
}

keeps!(Bin: used, slots);
keeps!(Packer: bins, blocks);

impl Packer {
    /// Takes the next block that is stored, of `size` bytes when compressed.
    ///
    /// It goes where the least room that suffices is left. Where none does, the fullest bin is written out and makes
    /// room, unless that would waste more than storing the newcomer raw.
    pub(crate) fn add(&mut self, size: u64) {
        if size >= ROOM {
            self.blocks += 1;
            return;
        }
        let fits = |bin: &&mut Bin| bin.used + size <= ROOM;
        if let Some(bin) = self.bins.iter_mut().filter(fits).max_by_key(|bin| bin.used) {
            bin.used += size;
            bin.slots += 1;
            if bin.slots == SLOTS || bin.used == ROOM {
                *bin = Bin::default();
                self.blocks += 1;
            }
            return;
        }
        self.blocks += 1;
        if let Some(fullest) = self.bins.iter_mut().max_by_key(|bin| bin.used).filter(|bin| size < bin.used) {
            // One block, whether it holds many fragments or a single one, which is stored raw.
            *fullest = Bin { used: size, slots: 1 };
        }
    }

    /// Bytes of the blocks so far, and of those still open.
    pub(crate) fn bytes(&self) -> u64 {
        (self.blocks + self.bins.iter().filter(|bin| bin.slots > 0).count() as u64) * BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(sizes: impl IntoIterator<Item = u64>) -> u64 {
        let mut packer = Packer::default();
        sizes.into_iter().for_each(|size| packer.add(size));
        packer.bytes() / 4096
    }

    #[test]
    fn equal_fragments_share_blocks() {
        assert_eq!(blocks([1; 1400]), 100, "14 slots");
        assert_eq!(blocks([2030; 1000]), 500);
        assert_eq!(blocks([1353; 999]), 333);
        // Half a block and a little more: no two fit.
        assert_eq!(blocks([2031; 1000]), 1000);
        assert_eq!(blocks([4060, 4061, 4096]), 3);
        assert_eq!(blocks([]), 0);
    }

    #[test]
    fn large_and_small_fragments_find_each_other() {
        assert_eq!(blocks([3000, 1000].repeat(500)), 500);
        // A block holds 3 of 1300 bytes, or one of 2700 and one of 1300.
        assert_eq!(blocks([2700, 1300].repeat(200)), 200);
        // Larger than all that is open: raw.
        assert_eq!(blocks([vec![2100; 16], vec![3900]].concat()), 17);
    }
}
