//! Writes docs/DUPLICATES.md: what fixed blocks and content-defined chunkers find of generated duplicates.
//!
//! `cargo run --release -p dgen-measure --example duplicates`

mod table;

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/DUPLICATES.md");
    let mut text = table::HEAD.to_owned();
    for case in table::cases() {
        eprintln!("{case:?}");
        text.extend([table::row(&case), "\n".to_owned()]);
    }
    fs::write(path, text)
}
