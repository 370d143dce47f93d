//! The pages of this project, their fenced blocks, and the commands in their prose.

use std::fs;
use std::path::{Path, PathBuf};

/// One fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) page: String,
    pub(crate) line: usize,
    /// The nearest heading above it.
    pub(crate) heading: String,
    /// What stands behind the fence, or `sh` where commands stand in a block without.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// What lines of commands begin with.
const COMMANDS: [&str; 7] = ["dgen ", "$ ", "pip ", "make ", "cargo ", "mpiexec ", "python "];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All pages, by their paths from the root.
pub(crate) fn pages() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs", "python"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn text_of(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// The fenced blocks of a page, in order, without the indentation of their fences.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut heading, mut open) = (Vec::new(), String::new(), None::<(Block, usize)>);
    for (number, line) in text_of(page).lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(language)) => {
                let indent = line.len() - line.trim_start().len();
                let (page, heading) = (page.to_owned(), heading.clone());
                let block =
                    Block { page, line: number + 1, heading, language: language.to_owned(), text: String::new() };
                open = Some((block, indent));
            }
            (Some(_), Some(_)) => found.push(labelled(open.take().expect("it is open").0)),
            (Some((block, indent)), None) => {
                block.text.push_str(line.get(*indent..).unwrap_or_default());
                block.text.push('\n');
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix('#') {
                    title.trim_start_matches('#').trim().clone_into(&mut heading);
                }
            }
        }
    }
    assert!(open.is_none(), "{page} has a block without an end");
    found
}

fn labelled(mut block: Block) -> Block {
    let commands = |line: &str| COMMANDS.iter().any(|name| line.starts_with(name));
    if block.language.is_empty() && block.text.lines().any(commands) {
        "sh".clone_into(&mut block.language);
    }
    block
}

/// The block of shell commands below a heading.
pub(crate) fn shell_below(page: &str, heading: &str) -> Block {
    let here = |block: &Block| block.language == "sh" && block.heading == heading;
    blocks(page).into_iter().find(here).unwrap_or_else(|| panic!("{page} has no commands below `{heading}`"))
}

/// The text outside of fenced blocks, with the numbers of its lines.
fn prose(page: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (number, line) in text_of(page).lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push((number + 1, line.to_owned()));
        }
    }
    lines
}

/// The commands in backticks in a page's prose, with their lines.
pub(crate) fn inline_commands(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(page) {
        let spans = line.split('`').skip(1).step_by(2);
        found.extend(spans.filter(|span| span.starts_with("dgen ")).map(|span| (number, span.to_owned())));
    }
    found
}

/// The targets of a page's links, with their lines.
pub(crate) fn links(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(page) {
        for rest in line.split("](").skip(1) {
            found.push((number, rest.split(')').next().unwrap().to_owned()));
        }
    }
    found
}

/// The anchors of a page's headings, as GitHub makes them.
pub(crate) fn anchors(page: &str) -> Vec<String> {
    let anchor = |title: &str| -> String {
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        title.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    let lines = prose(page).into_iter();
    lines.filter_map(|(_, line)| line.starts_with('#').then(|| anchor(line.trim_start_matches('#')))).collect()
}
