//! The README's lines of Rust, compiled and run.

use super::{blocks, text_of};

fn shown() -> dgen::Result<()> {
    use dgen::{Recipe, Stream};

    let recipe: Recipe = "dgen1,seed=7,dedup=2,compress=1.5".parse()?;
    let stream = Stream::new(&recipe)?;
    let mut buffer = vec![0; 1 << 20];
    stream.fill_at(1 << 40, &mut buffer)?;
    assert!(stream.verify_at(1 << 40, &buffer)?.ok);
    Ok(())
}

#[test]
fn the_rust_of_the_readme_runs() {
    shown().unwrap();
    let (here, block) = (text_of("crates/dgen-cli/tests/command/documents/library.rs"), blocks("README.md"));
    let block = block.into_iter().find(|block| block.language == "rust").unwrap();
    for line in block.text.lines().filter(|line| !line.is_empty()) {
        let code = line.split("//").next().unwrap().trim();
        assert!(here.contains(&format!("    {code}\n")), "not compiled here: {code}");
    }
}
