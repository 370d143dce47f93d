//! A compact set of fingerprints: open addressing, 16 bytes per slot, no deletions.

use std::io::Result;

use crate::fingerprint::{Fingerprint, NO_FINGERPRINT};
use crate::keep::{Keep, Pass, damaged};

/// Lookups whose first slots are loaded together, so that their cache misses overlap.
const BATCH: usize = 16;

/// Slots of a table that holds anything.
const FIRST_SLOTS: usize = 64;

/// Marks a free slot. Not 0: the system would hand out a table of zeros page by page, each faulting once when it is
/// first read and once more, at the cost of all threads, when it is first written.
const FREE: Fingerprint = NO_FINGERPRINT;

/// The set. Up to `soft_slots` it doubles before it is more than half full, so that searches are short; then it
/// fills up, and grows by an eighth.
pub(crate) struct Table {
    slots: Vec<Fingerprint>,
    len: usize,
    soft_slots: usize,
}

impl Keep for Table {
    fn pass(&mut self, way: &mut dyn Pass) -> Result<()> {
        let mut len = self.len;
        len.pass(way)?;
        if !way.reads() {
            return self.iter().try_for_each(|mut held| held.pass(way));
        }
        *self = Self::new(self.soft_slots);
        for _ in 0..len {
            let mut held = FREE;
            held.pass(way)?;
            self.insert_all(&[held], |_| ());
        }
        // What is free cannot be held, nor can anything twice.
        if self.len == len { Ok(()) } else { Err(damaged()) }
    }
}

impl Table {
    pub(crate) fn new(soft_slots: usize) -> Self {
        Self { slots: Vec::new(), len: 0, soft_slots }
    }

    /// Fingerprints held.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds all in order, and tells `on_new` the position of each one that was not there before.
    pub(crate) fn insert_all(&mut self, fingerprints: &[Fingerprint], mut on_new: impl FnMut(usize)) {
        for (batch, group) in fingerprints.chunks(BATCH).enumerate() {
            self.reserve(group.len());
            let mut slots = [0; BATCH];
            let mut found = [FREE; BATCH];
            for ((slot, found), fingerprint) in slots.iter_mut().zip(&mut found).zip(group) {
                *slot = home(*fingerprint, self.slots.len());
                *found = self.slots[*slot];
            }
            for (i, fingerprint) in group.iter().enumerate() {
                if found[i] != *fingerprint && self.insert_from(slots[i], *fingerprint) {
                    on_new(batch * BATCH + i);
                }
            }
        }
    }

    /// The fingerprints held, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Fingerprint> {
        self.slots.iter().copied().filter(|held| *held != FREE)
    }

    /// Keeps only the fingerprints that `keep` accepts.
    pub(crate) fn retain(&mut self, keep: impl Fn(Fingerprint) -> bool) {
        self.rebuild(self.slots.len(), keep);
    }

    /// Probes from `slot`; whether the fingerprint was new.
    fn insert_from(&mut self, mut slot: usize, fingerprint: Fingerprint) -> bool {
        loop {
            let held = self.slots[slot];
            if held == fingerprint {
                return false;
            }
            if held == FREE {
                self.slots[slot] = fingerprint;
                self.len += 1;
                return true;
            }
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
    }

    /// Makes room for `more`, at a load of at most 1/2, or 3/4 from `soft_slots` on.
    fn reserve(&mut self, more: usize) {
        let (wanted, now) = (self.len + more, self.slots.len());
        let needed = wanted.div_ceil(3) * 4;
        if needed <= now && (wanted * 2 <= now || now >= self.soft_slots) {
            return;
        }
        let grown = if now < self.soft_slots { (now * 2).max(wanted * 2).min(self.soft_slots) } else { now + now / 8 };
        self.rebuild(grown.max(needed).max(FIRST_SLOTS), |_| true);
    }

    fn rebuild(&mut self, slots: usize, keep: impl Fn(Fingerprint) -> bool) {
        let old = std::mem::replace(&mut self.slots, vec![FREE; slots]);
        self.len = 0;
        for fingerprint in old.into_iter().filter(|held| *held != FREE && keep(*held)) {
            self.insert_from(home(fingerprint, slots), fingerprint);
        }
    }
}

/// The slot at which the search for a fingerprint starts: its upper half, scaled to the table.
#[allow(clippy::cast_possible_truncation, reason = "the product is below the number of slots")]
fn home(fingerprint: Fingerprint, slots: usize) -> usize {
    (((fingerprint >> 64) * slots as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set(
            values in prop::collection::vec((0_u64..8, 0_u64..400), 0..3000),
            step in 1_usize..600,
            soft_slots in 0_usize..1000,
        ) {
            // Few distinct upper halves: long probe chains, which wrap around the end.
            let values: Vec<u128> = values.iter().map(|(hi, lo)| (u128::from(u64::MAX - hi) << 64) | u128::from(*lo)).collect();
            let mut table = Table::new(soft_slots);
            let mut model = HashSet::new();
            for part in values.chunks(step) {
                let mut new = Vec::new();
                table.insert_all(part, |i| new.push(i));
                let expected: Vec<usize> = (0..part.len()).filter(|i| model.insert(part[*i])).collect();
                prop_assert_eq!(new, expected);
            }
            prop_assert_eq!(table.len(), model.len());
            table.retain(|held| held % 2 == 0);
            model.retain(|held| held % 2 == 0);
            prop_assert_eq!(table.len(), model.len());
            let mut new = 0;
            table.insert_all(&values, |_| new += 1);
            prop_assert_eq!(new, values.iter().collect::<HashSet<_>>().len() - model.len());
        }
    }
}
