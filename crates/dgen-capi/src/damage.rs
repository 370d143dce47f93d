//! Damaged ranges as C has them.

use std::ffi::CStr;

use dgen::{DamageKind, DamageRange};

/// The kinds by their numbers.
const KINDS: [(DamageKind, &CStr); 9] = [
    (DamageKind::Zeroed, c"zeroed"),
    (DamageKind::Misplaced, c"misplaced"),
    (DamageKind::Stale, c"stale"),
    (DamageKind::Torn, c"torn"),
    (DamageKind::Flipped, c"flipped"),
    (DamageKind::Shifted, c"shifted"),
    (DamageKind::Foreign, c"foreign"),
    (DamageKind::Missing, c"missing"),
    (DamageKind::Extra, c"extra"),
];

const SOURCE_OFFSET: u32 = 1;
const SHIFT: u32 = 2;
const SOURCE_VERSION: u32 = 4;
const BITS: u32 = 8;

/// A damaged range.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    offset: u64,
    length: u64,
    source_offset: u64,
    shift: i64,
    bits: u64,
    source_version: u32,
    kind: u32,
    has: u32,
    reserved: u32,
}

impl Damage {
    pub(crate) fn of(range: &DamageRange) -> Self {
        let kind = KINDS.iter().position(|(kind, _)| *kind == range.kind).unwrap_or(KINDS.len());
        let flag = |known: bool, flag| if known { flag } else { 0 };
        Self {
            offset: range.offset,
            length: range.length,
            source_offset: range.source_offset.unwrap_or(0),
            shift: range.shift.unwrap_or(0),
            bits: range.bits.unwrap_or(0),
            source_version: range.source_version.unwrap_or(0),
            kind: u32::try_from(kind).expect("few kinds"),
            has: flag(range.source_offset.is_some(), SOURCE_OFFSET)
                | flag(range.shift.is_some(), SHIFT)
                | flag(range.source_version.is_some(), SOURCE_VERSION)
                | flag(range.bits.is_some(), BITS),
            reserved: 0,
        }
    }

    /// In one line.
    pub(crate) fn words(&self) -> String {
        let known = |flag| self.has & flag != 0;
        let kind = usize::try_from(self.kind).ok().and_then(|kind| KINDS.get(kind));
        let Some((kind, _)) = kind else {
            return format!("unknown {} bytes at offset {}", self.length, self.offset);
        };
        let mut range = DamageRange::new(self.offset, self.length, *kind);
        range.source_offset = known(SOURCE_OFFSET).then_some(self.source_offset);
        range.shift = known(SHIFT).then_some(self.shift);
        range.source_version = known(SOURCE_VERSION).then_some(self.source_version);
        range.bits = known(BITS).then_some(self.bits);
        range.to_string()
    }
}

/// The name of a kind.
pub(crate) fn name(kind: u32) -> &'static CStr {
    usize::try_from(kind).ok().and_then(|kind| KINDS.get(kind)).map_or(c"unknown", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_range_stays_known() {
        let mut range = DamageRange::new(4096, 8192, DamageKind::Shifted);
        range.shift = Some(-7);
        range.source_offset = Some(1 << 40);
        let damage = Damage::of(&range);
        assert_eq!((damage.kind, damage.has), (5, SOURCE_OFFSET | SHIFT));
        assert_eq!(damage.words(), range.to_string());
        for (number, (kind, name)) in KINDS.iter().enumerate() {
            assert_eq!(kind.to_string(), name.to_str().unwrap());
            assert_eq!(super::name(u32::try_from(number).unwrap()), *name);
        }
        assert_eq!(name(9), c"unknown");
    }
}
