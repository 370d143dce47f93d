//! A stream costs constant memory. Alone in its file, since it looks at the whole process.

use dgen::{Generator, Recipe};

#[test]
fn an_immense_stream_costs_little_memory() {
    let resident = || {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
    };
    let mut buffer = vec![1; 1 << 20];
    let recipe: Recipe = "dgen1,seed=1,block=4KiB,dedup=3,compress=2.5".parse().unwrap();
    // The workers and their stacks exist once per process.
    Generator::new(1, &recipe).unwrap().fill_chunk(&mut buffer).unwrap();
    let before = resident();
    let mut generator = Generator::new(100_000_000_000_000, &recipe).unwrap();
    for position in [0, 1 << 40, 90_000_000_000_000] {
        generator.seek(position).unwrap();
        generator.fill_chunk(&mut buffer).unwrap();
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 1 << 20, "grew by {grown} bytes");
}
