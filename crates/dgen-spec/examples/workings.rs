//! Prints what is computed on the way to a byte: `workings RECIPE OFFSET [VERSION]`.

use dgen_spec::{Recipe, Spec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [recipe, offset, rest @ ..] = arguments.as_slice() else {
        return Err("usage: workings RECIPE OFFSET [VERSION]".into());
    };
    let version = rest.first().map_or(Ok(0), |version| version.parse())?;
    print!("{}", Spec::new(&Recipe::parse(recipe)?).version(version).workings(offset.parse()?));
    Ok(())
}
