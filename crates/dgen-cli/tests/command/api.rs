//! The public names of a crate, read from its source, which `rustfmt` keeps in one form.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The public paths of a crate, then what belongs to each item: fields, variants, methods, traits.
pub(crate) fn names(package: &str) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src");
    let mut paths = BTreeSet::new();
    let root = package.replace('-', "_");
    exported(&source.join("lib.rs"), &root, &mut paths);
    let mut items = BTreeMap::new();
    for file in sources(&source) {
        defined(&fs::read_to_string(file).unwrap(), &mut items);
    }
    let mut text = paths.iter().fold(String::new(), |text, path| text + path + "\n");
    let names: BTreeSet<&str> = paths.iter().filter_map(|path| path.rsplit("::").next()).collect();
    for name in names {
        let Some(item) = items.get(name).filter(|item: &&Item| !item.heads.is_empty()) else { continue };
        text.push('\n');
        for line in item.heads.iter().chain(&item.members) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// What is said of a name: how it is declared, and what belongs to it.
#[derive(Default)]
struct Item {
    heads: BTreeSet<String>,
    members: BTreeSet<String>,
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files.extend(sources(&entry));
        } else {
            files.push(entry);
        }
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "rs"));
    files.sort();
    files
}

/// The words after `pub` and what may stand before the kind of item: the kind, and the rest.
fn public(line: &str) -> Option<(&str, &str)> {
    let mut rest = line.strip_prefix("pub ")?;
    while let Some(after) = ["const fn", "unsafe ", "async "].iter().find_map(|word| rest.strip_prefix(word)) {
        rest = if rest.starts_with("const fn") { &rest["const ".len()..] } else { after };
    }
    rest.split_once(' ')
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Adds the public paths of a module's file and of the public modules below it.
fn exported(file: &Path, path: &str, paths: &mut BTreeSet<String>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    for (at, line) in lines(&text) {
        match public(line) {
            Some(("use", _)) => {
                let used = until(&text[at..], ";");
                let used = used.trim_start_matches("pub use ").trim_end_matches(';').to_owned();
                let (_, list) = used.split_once('{').unwrap_or(("", used.rsplit("::").next().unwrap_or(&used)));
                for name in list.trim_end_matches('}').split(',').map(str::trim).filter(|name| !name.is_empty()) {
                    paths.insert(format!("{path}::{}", name.rsplit(' ').next().unwrap_or(name)));
                }
            }
            Some(("mod", rest)) => {
                let name = word(rest);
                paths.insert(format!("{path}::{name}"));
                exported(&below(file, name), &format!("{path}::{name}"), paths);
            }
            Some((_, rest)) => _ = paths.insert(format!("{path}::{}", word(rest))),
            None => {}
        }
    }
}

/// The file of a module that another file declares.
fn below(file: &Path, name: &str) -> PathBuf {
    let folder = match file.file_stem().unwrap().to_str().unwrap() {
        "lib" | "mod" => file.parent().unwrap().to_owned(),
        _ => file.with_extension(""),
    };
    let flat = folder.join(format!("{name}.rs"));
    if flat.exists() { flat } else { folder.join(name).join("mod.rs") }
}

/// The lines with where they begin; what belongs to tests is left out.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    let mut test = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let begin = at;
        at += line.len();
        let skip = test;
        test = line.trim() == "#[cfg(test)]";
        (!skip).then_some((begin, line.trim_end()))
    })
}

/// Up to and with `end`, in one line.
fn until(text: &str, end: &str) -> String {
    let whole = &text[..text.find(end).map_or(text.len(), |at| at + end.len())];
    let one = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    one.replace("( ", "(")
        .replace(", )", ")")
        .replace(",)", ")")
        .replace("{ ", "{")
        .replace(" }", "}")
        .replace(",}", "}")
}

/// Adds what a file says of its public items.
fn defined(text: &str, items: &mut BTreeMap<String, Item>) {
    let mut derives = String::new();
    for (at, line) in lines(text) {
        if line.starts_with("#[derive(") {
            derives = until(&text[at..], ")]");
        } else if let Some((kind, rest)) = public(line).filter(|(kind, _)| !["mod", "use"].contains(kind)) {
            let item = items.entry(word(rest).to_owned()).or_default();
            item.heads.insert(head(kind, line, &text[at..]));
            if kind == "struct" || kind == "enum" {
                let traits = derives.trim_start_matches("#[derive(").trim_end_matches(")]").split(", ");
                item.members.extend(traits.filter(|name| !name.is_empty()).map(|name| format!("  impl {name}")));
            }
            item.members.extend(block(line, &text[at..]).filter_map(|line| member(kind, line)));
            derives.clear();
        } else if line.starts_with("impl") {
            implemented(&text[at..], items);
        } else if !line.starts_with('#') && !line.starts_with("//") {
            derives.clear();
        }
    }
}

/// How an item is declared, without its body.
fn head(kind: &str, line: &str, text: &str) -> String {
    let whole = match kind {
        "fn" => signature(text),
        "const" | "static" => until(text, " =").replace(" =", ""),
        "type" => until(text, ";"),
        // The fields of a tuple count where they are public.
        _ => line.split_once('(').filter(|(_, fields)| !fields.contains("pub ")).map_or(line, |(name, _)| name).into(),
    };
    whole.trim_end_matches([';', '{', ' ']).to_owned()
}

/// The lines of a body that begins in the first line.
fn block<'a>(line: &str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let inside = line.ends_with('{');
    text.lines().skip(1).take_while(move |line| inside && !line.starts_with('}'))
}

/// A field, a variant, or a method of a trait.
fn member(kind: &str, line: &str) -> Option<String> {
    let inner = line.strip_prefix("    ").filter(|inner| !inner.starts_with([' ', '#', '/', '}', ')']))?;
    let shown = match kind {
        "struct" => inner.strip_prefix("pub ")?.trim_end_matches(','),
        "enum" => inner.trim_end_matches([',', '{', ' ']),
        "trait" => inner.trim_end_matches([';', '{', ' ']),
        _ => return None,
    };
    Some(format!("  {shown}"))
}

/// Adds the traits, or the public methods and constants, of a block for a type.
fn implemented(text: &str, items: &mut BTreeMap<String, Item>) {
    let whole = until(text, " {");
    let header = whole.trim_start_matches("impl");
    let header = if header.starts_with('<') { past_generics(header) } else { header }.trim();
    let (of, kind) = header.split_once(" for ").map_or((None, header), |(of, kind)| (Some(of), kind));
    let item = items.entry(word(kind.trim_start_matches(['&', '\'', ' '])).to_owned()).or_default();
    if let Some(of) = of {
        let name = of.split('<').next().unwrap_or(of).rsplit("::").next().unwrap_or(of);
        item.members.insert(format!("  impl {name}"));
        return;
    }
    for (at, line) in lines(text).skip(1).take_while(|(_, line)| !line.starts_with('}')) {
        let Some((kind, _)) = line.strip_prefix("    ").and_then(public) else { continue };
        item.members.insert(format!("  {}", head(kind, line.trim_start(), text[at..].trim_start())));
    }
}

/// What stands behind `<…>`.
fn past_generics(text: &str) -> &str {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        depth += match letter {
            '<' => 1,
            '>' if !text[..at].ends_with('-') => -1,
            _ => 0,
        };
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    text
}

/// A function's name and types, without the names of its parameters.
fn signature(text: &str) -> String {
    let end = [" {\n", ";\n", "\n{"].iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    let one = until(&text[..end], "\0");
    let mut shown = String::new();
    let mut rest = one.as_str();
    while let Some(at) = rest.find(": ") {
        let begin = rest[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let is_name =
            rest[begin..].starts_with(|c: char| c.is_lowercase() || c == '_') && !rest[..begin].ends_with('\'');
        shown.push_str(&rest[..if is_name { begin } else { at + 2 }]);
        rest = &rest[at + 2..];
    }
    let shown = shown + rest;
    shown.replace("(mut ", "(").replace(", mut ", ", ")
}
