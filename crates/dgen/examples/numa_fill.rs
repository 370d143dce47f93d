//! Fills a buffer on all nodes, or on the node given as an argument, and says where its pages were written from.

use dgen::driver::{Team, audit};
use dgen::placement::{NumaMode, Placement, PlacementOptions};
use dgen::{Error, Recipe, Stream};

fn main() -> Result<(), Error> {
    let node = std::env::args().nth(1).map(|text| text.parse().map_err(|_| Error::invalid("node", &text, "a number")));
    let placement = Placement::new(PlacementOptions::new(NumaMode::Auto, node.transpose()?))?;
    let team = Team::new(None, placement)?;
    println!("{}", team.report().summary());
    let stream = Stream::new(&Recipe::with_seed(7))?;
    let mut buffer = vec![0; 64 << 20];
    for pass in ["first", "second"] {
        audit::start();
        stream.fill_with(0, &mut buffer, &team)?;
        let counts = audit::stop();
        println!(
            "{pass:<6} pass     {} pages local, {} remote, {} unknown",
            counts.local, counts.remote, counts.unknown
        );
    }
    Ok(())
}
