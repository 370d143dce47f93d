//! The streaming benchmark: generates a long stream chunk by chunk into one buffer and prints the rate.
//!
//! `streaming [SIZE [DEDUP [COMPRESS]]]`, for example `streaming 100GiB 2 1.5`.

use std::hint::black_box;
use std::time::Instant;

use dgen::ratio::Ratio;
use dgen::recipe::{MAX_COMPRESS, MAX_DEDUP};
use dgen::units::{human_rate, human_size, parse_size};
use dgen::{Generator, Recipe};

fn main() -> Result<(), dgen::Error> {
    let mut arguments = std::env::args().skip(1);
    let size = arguments.next().map_or(Ok(16 << 30), |text| parse_size("SIZE", &text))?;
    let dedup = arguments.next().map_or(Ok(Ratio::ONE), |text| Ratio::parse("DEDUP", &text, MAX_DEDUP))?;
    let compress = arguments.next().map_or(Ok(Ratio::ONE), |text| Ratio::parse("COMPRESS", &text, MAX_COMPRESS))?;

    let recipe = Recipe::builder().dedup(dedup).compress(compress).build()?;
    let mut generator = Generator::new(size, &recipe)?;
    let mut chunk = vec![0; generator.chunk_size()];
    println!("recipe   {recipe}");
    println!("kernel   {}, {} threads", generator.stream().kernel().name(), generator.threads());
    println!("chunks   {} of {}", human_size(chunk.len() as u64), human_size(size));

    let start = Instant::now();
    while !generator.is_complete() {
        generator.fill_chunk(&mut chunk)?;
        black_box(&chunk);
    }
    println!("rate     {}", human_rate(size as f64 / start.elapsed().as_secs_f64()));
    Ok(())
}
