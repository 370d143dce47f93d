//! Which node's threads write which part of a buffer: those of the node where its pages lie.
//!
//! One page at each end of a share is looked up, and each page of a share whose ends differ. Pages that are not there yet
//! will lie where they are written first, so they are dealt out: to each node as much as its threads can do, in whole huge
//! pages. What was found is kept for the next call with the same buffer, which looks at a few pages only.

use super::grid::LARGE_SHARE;
use super::spans_known::{Area, Cache, Span, groups_at};
use super::team::Team;
use crate::placement::Placement;
use std::sync::Arc;

/// Bytes between two looks in a share that is spread over nodes.
const STEP: usize = crate::units::PAGE;
/// A share in more pieces than this is not cut: the node with the most pages gets it.
const MAX_PIECES: usize = 16;

/// The spans of a buffer, in order and without a gap.
pub(super) fn of(team: &Team, placement: &Placement, area: Area, cache: &Cache) -> Arc<Vec<Span>> {
    if let Some(spans) = cache.get(area, placement) {
        return spans;
    }
    let (spans, is_settled) = find(team, placement, area);
    let spans = Arc::new(spans);
    if is_settled {
        cache.put(area, placement, &spans);
    }
    spans
}

/// The spans, and whether all pages were there.
fn find(team: &Team, placement: &Placement, area: Area) -> (Vec<Span>, bool) {
    let shares: Vec<(usize, usize)> = area.grid.shares(area.len).collect();
    let ends = shares.iter().flat_map(|&(start, len)| [start, start + len - 1]);
    let nodes = groups_at(placement, &ends.map(|at| area.address + at).collect::<Vec<_>>());
    let mut found: Vec<(usize, usize, Option<usize>)> = Vec::with_capacity(shares.len());
    for (&(start, len), ends) in shares.iter().zip(nodes.chunks_exact(2)) {
        if ends[0] != ends[1] && area.grid.cut_anywhere {
            found.extend(pieces(placement, area.address, start, len));
        } else {
            found.push((start, len, ends[0].or(ends[1])));
        }
    }
    let is_settled = placement.can_locate() && found.iter().all(|(_, _, group)| group.is_some());
    deal_out(team, placement, area, &mut found);
    let span = |(start, len, group): (usize, usize, Option<usize>)| Span { start, len, group: group.unwrap_or(0) };
    (found.into_iter().map(span).collect(), is_settled)
}

/// A share in pieces, each of one group; pages that are not there go with those before them.
fn pieces(placement: &Placement, address: usize, start: usize, len: usize) -> Vec<(usize, usize, Option<usize>)> {
    // The first look is at the share's first byte, the later ones at the beginnings of pages.
    let to_page = STEP - (address + start) % STEP;
    let looks: Vec<usize> = std::iter::once(0).chain((to_page..len).step_by(STEP)).collect();
    let groups = groups_at(placement, &looks.iter().map(|at| address + start + at).collect::<Vec<_>>());
    let mut pieces: Vec<(usize, usize, Option<usize>)> = Vec::new();
    for (&at, group) in looks.iter().zip(&groups) {
        match pieces.last_mut() {
            Some(last) if group.is_none() || last.2 == *group => {}
            // Nothing before it was there.
            Some(last) if last.2.is_none() => last.2 = *group,
            _ => pieces.push((start + at, 0, *group)),
        }
    }
    if pieces.len() > MAX_PIECES {
        let count = |group: &Option<usize>| groups.iter().filter(|other| *other == group).count();
        let most = groups.iter().filter(|group| group.is_some()).max_by_key(|group| count(group)).copied().flatten();
        return vec![(start, len, most)];
    }
    let ends: Vec<usize> = pieces.iter().skip(1).map(|piece| piece.0).chain([start + len]).collect();
    for (piece, end) in pieces.iter_mut().zip(ends) {
        piece.1 = end - piece.0;
    }
    pieces
}

/// Gives each share that is not there yet to a group, so that each gets as much as its threads can do.
fn deal_out(team: &Team, placement: &Placement, area: Area, found: &mut [(usize, usize, Option<usize>)]) {
    let threads = placement.share_out(team.threads().max(placement.groups().len()));
    let all: usize = threads.iter().sum();
    let share = |threads: &usize| area.len / all.max(1) * threads;
    let mut left: Vec<usize> = threads.iter().map(share).collect();
    for (_, len, group) in found.iter() {
        if let Some(group) = group {
            left[*group] = left[*group].saturating_sub(*len);
        }
    }
    // Where nothing can be looked up, the same buffer must be dealt out alike each time.
    let here = placement.system().cpu().filter(|_| placement.can_locate()).and_then(|cpu| placement.group_of_cpu(cpu));
    let mut group = here.unwrap_or(0);
    let mut block = None;
    for (start, len, place) in found.iter_mut().filter(|(_, _, place)| place.is_none()) {
        let of = (area.address + *start) / LARGE_SHARE;
        if block != Some(of) && left[group] == 0 {
            // The one with the most left; when all have enough, the last one goes on.
            let next = (0..left.len()).max_by_key(|&index| left[index]).filter(|&index| left[index] > 0);
            group = next.unwrap_or(group);
        }
        block = Some(of);
        left[group] = left[group].saturating_sub(*len);
        *place = Some(group);
    }
}
