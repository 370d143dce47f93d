//! Writes one file and says at what rate: `rate FORMAT SIZE RECORD RECIPE [FILE]`, sizes as everywhere; without a file to
//! nowhere.

use std::fs::File;
use std::io::{self, Write};
use std::time::Instant;

use dgen::units::parse_size;
use dgen::{Recipe, Stream};
use dgen_formats::{Content, Format};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, size, record, recipe, file @ ..] = &arguments[..] else {
        return Err("usage: rate FORMAT SIZE RECORD RECIPE [FILE]".into());
    };
    let stream = Stream::new(&recipe.parse::<Recipe>()?)?;
    let record = parse_size("record size", record)?;
    let content = Content { record, ..Content::new(&stream, 0, parse_size("size", size)?) };
    let mut sink: Box<dyn Write> = match file {
        [path, ..] => Box::new(File::create(path)?),
        [] => Box::new(io::sink()),
    };
    let start = Instant::now();
    format.parse::<Format>()?.write(&content, &mut sink)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{format} {} bytes/s", content.size as f64 / seconds);
    Ok(())
}
