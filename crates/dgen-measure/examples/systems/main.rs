//! Writes the table of systems: what data of a compress ratio takes on each (docs/FORMAT.md, section 14), by the models.
//!
//! `cargo run --release -p dgen-measure --example systems [-- SYSTEM]`: all of them, or one whose lines are to change.

mod judged;

use std::fmt::Write as _;
use std::path::Path;

use dgen::{Ratio, Recipe, Share, Stream, Texture, Tune};
use judged::{Judged, SYSTEMS};

const FIRST: [u64; 34] = [
    1000, 1010, 1020, 1030, 1040, 1050, 1060, 1080, 1100, 1130, 1160, 1200, 1250, 1300, 1400, 1500, 1600, 1800, 2000,
    2250, 2500, 3000, 3500, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 12_000, 14_000, 16_000, 18_500,
];
/// Points are added between two whose ratios are further apart than this, in percent, until the data is this near.
const FAR: u64 = 104;
const NEAR: u64 = 1003;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dgen/src/systems/systems-v1.csv");
    let (only, old) = (std::env::args().nth(1), std::fs::read_to_string(&path)?);
    let mut text = "system,texture,tune,spread,compress,allocated\n".to_owned();
    for system in &SYSTEMS {
        if only.as_ref().is_some_and(|only| only != system.name) {
            let kept = old.lines().filter(|line| line.split(',').next() == Some(system.name));
            for line in kept {
                text.extend([line, "\n"]);
            }
            continue;
        }
        let (texture, tune, spread): (Texture, Tune, Share) =
            (system.texture.parse()?, system.tune.parse()?, Share::parse("spread", system.spread)?);
        let mut points: Vec<(u64, u64)> = FIRST
            .iter()
            .filter(|compress| **compress >= system.from)
            .map(|&compress| (compress, at(system, compress)))
            .collect();
        let mut index = 1;
        while index < points.len() {
            let ((low, less), (high, more)) = (points[index - 1], points[index]);
            if less.max(more) * 100 > less.min(more) * FAR && high * 1000 > low * NEAR {
                let middle = u64::midpoint(low, high);
                points.insert(index, (middle, at(system, middle)));
            } else {
                index += 1;
            }
        }
        for (compress, allocated) in thinned(&points) {
            let (texture, tune) = (texture.name(), tune.name());
            writeln!(text, "{},{texture},{tune},{spread},{compress},{allocated}", system.name)?;
        }
        eprintln!("{}", system.name);
    }
    Ok(std::fs::write(path, text)?)
}

/// Without the points that lie on the lines between the others, but for one part in 250.
fn thinned(points: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let on_line = |from: (u64, u64), to: (u64, u64), point: &(u64, u64)| {
        let whole = to.0 - from.0;
        let line = from.1 * (to.0 - point.0) + to.1 * (point.0 - from.0);
        line.abs_diff(point.1 * whole) * 250 <= point.1 * whole
    };
    let mut kept = vec![0];
    for index in 2..points.len() {
        let last = kept[kept.len() - 1];
        if !points[last + 1..index].iter().all(|point| on_line(points[last], points[index], point)) {
            kept.push(index - 1);
        }
    }
    kept.push(points.len() - 1);
    kept.into_iter().map(|index| points[index]).collect()
}

/// The ratio of the data's size to what is allocated, in thousandths.
fn at(system: &Judged, thousandths: u64) -> u64 {
    let recipe = Recipe::builder().seed(1).compress(Ratio::new("compress", thousandths, 1000, 200).expect("a ratio"));
    let recipe = recipe
        .texture(system.texture.parse().expect("a texture"))
        .tune(system.tune.parse().expect("a tuning"))
        .spread(Share::parse("spread", system.spread).expect("a share"));
    let stream = Stream::new(&recipe.build().expect("the ratio is within reach")).expect("a kernel");
    let mut data = vec![0; system.sample()];
    stream.fill_at(0, &mut data).expect("inside the stream");
    let allocated = system.allocated(&data, false);
    (data.len() as u64 * 1000 + allocated / 2) / allocated
}
