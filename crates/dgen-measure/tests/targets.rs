//! Data made for a system takes there, by the system's model, what was asked.

#[path = "../examples/systems/judged.rs"]
mod judged;

use dgen::{Ratio, Stream, System};
use judged::SYSTEMS;

const MIB: usize = 1 << 20;
/// Asked dedup and compress ratios.
const PAIRS: [(&str, &str); 7] =
    [("1", "2"), ("2", "1"), ("2", "2"), ("3", "1.5"), ("1.5", "4"), ("1", "1.1"), ("1", "10")];
/// What cannot be had, and is refused.
const REFUSED: [(&str, &[&str]); 10] = [
    ("btrfs-auto", &["1.5", "1.1"]),
    ("bluestore:32KiB", &["10"]),
    ("zfs:8KiB", &["4", "10"]),
    ("zfs:16KiB", &["10"]),
    ("bluestore:8KiB", &["4", "10"]),
    ("bluestore:16KiB", &["10"]),
    ("subblock:512", &["10"]),
    ("subblock:1KiB", &["10"]),
    ("subblock:2KiB", &["4", "10"]),
    ("zfs:32KiB", &["10"]),
];

#[test]
fn allocation_is_what_was_asked() {
    let mut wrong = Vec::new();
    for judged in &SYSTEMS {
        let system: System = judged.name.parse().expect("a system");
        for (dedup, compress) in PAIRS {
            let (d, c) = (Ratio::parse("dedup", dedup, 100).unwrap(), Ratio::parse("compress", compress, 100).unwrap());
            let refused = REFUSED.iter().any(|(name, ratios)| *name == judged.name && ratios.contains(&compress));
            let fit = match system.fit(d, c) {
                Ok(fit) if !refused => fit,
                Err(_) if refused => continue,
                other => {
                    wrong.push(format!("{} ({dedup}, {compress}): {}", judged.name, other.is_ok()));
                    continue;
                }
            };
            // Without dedup the two are one.
            if !system.dedups() && (dedup, compress) == ("2", "2") {
                continue;
            }
            // Whole multiples of the dedup ratios in blocks of 1 MiB, so that the number of distinct blocks is exact.
            let size = (judged.sample() * if system.dedups() { 3 } else { 1 }).next_multiple_of(6 * MIB);
            let mut data = vec![0; size];
            let recipe = fit.builder().seed(2).build().unwrap();
            let made = (recipe.texture().name(), recipe.tune().name());
            assert!(compress == "1" || made == (judged.texture, judged.tune), "{recipe}");
            Stream::new(&recipe).unwrap().fill_at(0, &mut data).unwrap();
            let asked = if system.dedups() { d.as_f64() * c.as_f64() } else { c.as_f64() };
            let found = size as f64 / judged.allocated(&data, true) as f64;
            let off = found / asked - 1.0;
            println!("{} ({dedup}, {compress}): {recipe}: {found:.3} for {asked}, {:+.1} %", judged.name, off * 100.0);
            if off.abs() > 0.03 {
                wrong.push(format!("{} ({dedup}, {compress}): {found:.3} for {asked}", judged.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
