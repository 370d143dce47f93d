//! Measures files, or standard input, and prints the report.
//!
//! `cargo run --release -p dgen-measure --example measure -- [--threads=N] [--dedup=4096,...] [--dedup-only] PATH...`

use dgen_measure::{Input, MeasureOptions, Watch, measure};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = MeasureOptions::default();
    let mut inputs = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.split_once('=') {
            Some(("--threads", value)) => options.threads = Some(value.parse()?),
            Some(("--memory", value)) => options.memory = value.parse()?,
            Some(("--sample", value)) => options.compress_sample = Some(value.parse()?),
            Some(("--dedup", list)) => {
                options.dedup_blocks = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            Some(("--codecs", list)) => options.codecs = list.split(',').map(str::parse).collect::<Result<_, _>>()?,
            Some(("--models", list)) => options.models = list.split(',').map(str::parse).collect::<Result<_, _>>()?,
            _ if arg == "--no-dedup" => options.dedup = false,
            _ if arg == "--dedup-only" => (options.codecs, options.entropy) = (Vec::new(), false),
            _ if arg == "--no-compress" => options.codecs = Vec::new(),
            _ => inputs.push(Input::from_arg(arg)),
        }
    }
    let progress = |bytes| eprint!("\r{} MiB", bytes >> 20);
    let report = measure(inputs, &options, Watch { progress: Some(&progress), cancel: None })?;
    eprintln!();
    print!("{report}");
    Ok(())
}
