//! Which point is the fastest, and which is nearly as fast with less.

use super::point::{Point, Way};

/// Of the fastest rate, what is nearly as fast.
const NEARLY: f64 = 0.95;

/// The fastest of a mode; of equals the first, which has the least in flight.
pub(super) fn fastest(points: &[Point], way: Way) -> Option<usize> {
    let of_mode = (0..points.len()).filter(|index| points[*index].mode == way);
    of_mode.reduce(|best, next| if points[next].bytes_per_s > points[best].bytes_per_s { next } else { best })
}

/// Of the points that are nearly as fast as `best`, the one with the fewest bytes in flight, where it is another one.
pub(super) fn nearly(points: &[Point], best: usize) -> Option<usize> {
    let flight = |point: &Point| point.buffer_size * (point.actual_depth * point.actual_writers) as u64;
    let best = &points[best];
    let is_near = |point: &Point| point.mode == best.mode && point.bytes_per_s >= NEARLY * best.bytes_per_s;
    let near = (0..points.len()).filter(|index| is_near(&points[*index]));
    near.min_by_key(|index| flight(&points[*index])).filter(|index| flight(&points[*index]) < flight(best))
}

/// The point that has to be measured again before the ranking of a mode can be told: the fastest, or what is nearly as fast,
/// if that was not measured often enough.
pub(super) fn doubtful(points: &[Point], way: Way) -> Option<usize> {
    let best = fastest(points, way)?;
    [Some(best), nearly(points, best)].into_iter().flatten().find(|index| !points[*index].ranked)
}

#[cfg(test)]
mod tests {
    use super::super::point::tests::point;
    use super::*;

    #[test]
    fn what_leads_is_measured_again_until_it_is_sure() {
        let mut points = [point(&[3.3e9], 1000), point(&[1e9, 1.1e9], 1000), point(&[0.97e9], 1000)];
        for (index, buffer) in [(0, 4096), (1, 65536), (2, 8192)] {
            points[index].buffer_size = buffer;
        }
        assert_eq!(doubtful(&points, Way::Write), Some(0));
        points[0] = Point { buffer_size: 4096, ..point(&[3.3e9, 0.38e9], 1000) };
        // What was called fastest is not; what is nearly as fast with less has been measured once.
        assert_eq!((fastest(&points, Way::Write), nearly(&points, 1)), (Some(1), Some(2)));
        assert_eq!(doubtful(&points, Way::Write), Some(2));
        points[2] = Point { buffer_size: 8192, ..point(&[0.97e9, 0.96e9], 1000) };
        assert_eq!((doubtful(&points, Way::Write), nearly(&points, 1)), (None, Some(2)));
        assert_eq!((fastest(&points, Way::Read), doubtful(&points, Way::Read)), (None, None));
    }
}
