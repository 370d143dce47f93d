//! What kind of damage one page has.

use super::Verifier;
use super::difference::Difference;
use super::report::{DamageKind, DamageRange};
use super::shift::shifted;
use crate::stream::{Location, Stream};
use crate::units::PAGE;

impl Verifier {
    /// The damage of one page, or of the part of it that was given.
    pub(super) fn classify(&self, offset: u64, expected: &[u8], actual: &[u8]) -> DamageRange {
        let whole = DamageRange::new(offset, actual.len() as u64, DamageKind::Foreign);
        if actual.iter().all(|&byte| byte == 0) {
            return DamageRange { kind: DamageKind::Zeroed, ..whole };
        }
        if let Some(found) = self.locate(offset, actual) {
            return DamageRange { length: whole.length, ..found };
        }
        let difference = Difference::new(offset, expected, actual);
        if difference.is_zeroed() {
            return difference.range(offset, DamageKind::Zeroed);
        }
        if difference.is_flipped() {
            return difference.range(offset, DamageKind::Flipped);
        }
        if let Some(found) = shifted((&self.stream, &self.hint), offset, expected, actual, &difference) {
            return found;
        }
        difference.kind_within().map_or(whole, |kind| difference.range(offset, kind))
    }

    /// The page, or as much of its beginning as there is, as one that belongs elsewhere in the stream, or to a stale
    /// stream.
    fn locate(&self, offset: u64, actual: &[u8]) -> Option<DamageRange> {
        if !offset.is_multiple_of(PAGE as u64) {
            return None;
        }
        let own = self.stream.located(actual);
        if let Some(location) = own.filter(|location| location.version == self.stream.version_number()) {
            let mut range = DamageRange::new(offset, 0, DamageKind::Misplaced);
            range.source_offset = Some(location.offset);
            return Some(range);
        }
        if let Some(location) = own {
            return Some(self.stale(&self.stream, location, offset));
        }
        for stream in &self.stale {
            if let Some(location) = stream.located(actual) {
                let range = self.stale(stream, location, offset);
                return Some(DamageRange { source_seed: Some(stream.recipe().seed()), ..range });
            }
        }
        None
    }

    /// A page of another version or stream that was found at `offset`.
    fn stale(&self, stream: &Stream, location: Location, offset: u64) -> DamageRange {
        let mut range = DamageRange::new(offset, 0, DamageKind::Stale);
        (range.source_version, range.version) = (Some(location.version), Some(self.stream.version_number()));
        // The same content may belong at several offsets; this one is the likeliest.
        let here = stream.belongs_at(location, offset);
        range.source_offset = Some(if here { offset } else { location.offset });
        range
    }
}
