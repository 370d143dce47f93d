//! Some thousand mutations for each target. `DGEN_FUZZ_SEED` draws others, `DGEN_FUZZ_ROUNDS` more of them.

use std::panic::catch_unwind;

use dgen_fuzz::mutation::{Random, mutated};
use dgen_fuzz::{TARGETS, target};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: no number: {text}")))
}

#[track_caller]
fn mutate(name: &str) {
    let target = target(name).unwrap();
    let seed = number("DGEN_FUZZ_SEED", 1);
    let mut random = Random::new(seed);
    for sample in target.samples {
        (target.run)(sample.as_bytes());
    }
    for place in 0..target.tries * number("DGEN_FUZZ_ROUNDS", 1) {
        let data = mutated(target, &mut random);
        let run = target.run;
        if catch_unwind(|| run(&data)).is_err() {
            panic!("{name}, seed {seed}, mutation {place}: \"{}\"", data.escape_ascii());
        }
    }
}

#[test]
fn recipes() {
    mutate("recipe");
}

#[test]
fn ratios() {
    mutate("ratio");
}

#[test]
fn sizes() {
    mutate("size");
}

#[test]
fn attributes() {
    mutate("attribute");
}

#[test]
fn topologies() {
    mutate("topology");
}

#[test]
fn verification() {
    mutate("verify");
}

#[test]
fn arguments() {
    mutate("arguments");
}

#[test]
fn every_target_is_here() {
    assert_eq!(TARGETS.len(), 7);
}
