//! What is remembered of where buffers lie, for the next call with the same one.

use super::grid::Grid;
use crate::placement::{Group, Placement};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that are remembered.
const KEPT: usize = 8;
/// Pages that are looked at to see whether what is remembered still holds.
const PROBES: usize = 8;
/// After so many uses all is looked up anew.
const MAX_USES: usize = 64;

/// Consecutive bytes that one group writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) group: usize,
}

/// Where a buffer lies, and where it may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) address: usize,
    pub(super) len: usize,
    pub(super) grid: Grid,
}

/// The groups of the pages at addresses; `None` for pages that are not there, or of which the system does not tell.
pub(super) fn groups_at(placement: &Placement, addresses: &[usize]) -> Vec<Option<usize>> {
    let nodes = placement.system().locate(addresses).unwrap_or_else(|_| vec![None; addresses.len()]);
    nodes.into_iter().map(|node| placement.group_of_node(node?)).collect()
}

/// What was found of some buffers.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Vec<Known>>);

#[derive(Debug)]
struct Known {
    area: Area,
    groups: Vec<Group>,
    system: usize,
    spans: Arc<Vec<Span>>,
    uses: usize,
}

impl Cache {
    /// What is remembered of a buffer, if it still holds as far as a few pages tell.
    pub(super) fn get(&self, area: Area, placement: &Placement) -> Option<Arc<Vec<Span>>> {
        let (spans, uses) = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let index = known.iter().position(|entry| entry.is_of(area, placement))?;
            known[index].uses += 1;
            if known[index].uses >= MAX_USES {
                known.remove(index);
                return None;
            }
            (Arc::clone(&known[index].spans), known[index].uses)
        };
        let step = spans.len().div_ceil(PROBES).max(1);
        let probed: Vec<&Span> = spans.iter().skip(uses % step).step_by(step).collect();
        let groups = groups_at(placement, &probed.iter().map(|span| area.address + span.start).collect::<Vec<_>>());
        let holds = probed.iter().zip(groups).all(|(span, group)| group == Some(span.group));
        if !holds {
            self.forget(area);
        }
        holds.then_some(spans)
    }

    pub(super) fn put(&self, area: Area, placement: &Placement, spans: &Arc<Vec<Span>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.remove(0);
        }
        let (groups, system) = (placement.groups().to_vec(), identity(placement));
        known.push(Known { area, groups, system, spans: Arc::clone(spans), uses: 0 });
    }

    fn forget(&self, area: Area) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|entry| entry.area != area);
    }
}

impl Known {
    fn is_of(&self, area: Area, placement: &Placement) -> bool {
        self.area == area && self.groups == placement.groups() && self.system == identity(placement)
    }
}

/// Tells systems apart.
fn identity(placement: &Placement) -> usize {
    std::ptr::from_ref(placement.system()).addr()
}
