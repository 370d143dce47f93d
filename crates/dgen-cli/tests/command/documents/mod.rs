//! The documents tell the truth: every command in them is understood, every block of commands runs, every link leads
//! somewhere. `docs/TESTING.md` says how blocks are run, and who runs those in other languages.

mod copies;
mod exceptions;
mod fences;
mod library;
mod rows;
mod running;
mod words;

use std::collections::BTreeSet;

pub(crate) use fences::{blocks, shell_below, text_of};
pub(crate) use running::{Place, absent};

use exceptions::{EXCEPTIONS, exception};

/// The pages with commands, each run by a test of its own.
macro_rules! pages {
    ($($name:ident $page:literal)*) => {
        const RUN: &[&str] = &[$($page),*];
        $(#[test]
        fn $name() {
            running::page($page);
        })*
    };
}
pages! {
    the_readme_runs "README.md"
    the_guide_runs "docs/GUIDE.md"
    data_sets_run "docs/DATASETS.md"
    hosts_run "docs/HOSTS.md"
    networks_run "docs/NETWORK.md"
    objects_run "docs/OBJECTS.md"
}

/// Who runs blocks in other languages than the shell's.
fn elsewhere(language: &str) -> Option<&'static str> {
    Some(match language {
        "python" => "python/tests/test_documents.py",
        "c" => "crates/dgen-capi/tests/c.rs",
        "rust" => "documents/library.rs",
        "text" | "" => "nobody: it is text",
        _ => return None,
    })
}

#[test]
fn no_block_escapes() {
    let mut run = BTreeSet::new();
    let mut used = BTreeSet::new();
    for block in fences::pages().iter().flat_map(|page| blocks(page)) {
        if block.language != "sh" {
            assert!(elsewhere(&block.language).is_some(), "{}:{}: who runs it?", block.page, block.line);
        } else if let Some(exception) = exception(&block) {
            used.insert(exception.holds);
        } else {
            run.insert(block.page.clone());
        }
    }
    assert_eq!(run.iter().map(String::as_str).collect::<BTreeSet<_>>(), RUN.iter().copied().collect());
    for exception in &EXCEPTIONS {
        assert!(used.contains(exception.holds), "no block of {} holds `{}`", exception.page, exception.holds);
    }
}

/// Also those of blocks that are not run.
#[test]
fn every_command_in_a_block_is_understood() {
    let mut found = 0;
    for block in fences::pages().iter().flat_map(|page| blocks(page)).filter(|block| block.language == "sh") {
        for call in words::calls(&block.text) {
            let understood = dgen_cli::understood(&call);
            assert!(understood.is_ok(), "{}:{}: {}", block.page, block.line, call.join(" "));
            found += 1;
        }
    }
    assert!(found > 30, "{found}");
}

/// Commands in prose may leave out what is needed, and be mere names; what they say must be understood.
#[test]
fn every_command_in_prose_is_understood() {
    let mut found = 0;
    for page in fences::pages().iter().filter(|page| *page != "CHANGELOG.md") {
        for (line, span) in fences::inline_commands(page) {
            for call in words::meant(&span) {
                let help = [call, vec!["--help".to_owned()]].concat();
                assert_eq!(dgen_cli::understood(&help), Err(0), "{page}:{line}: {span}");
                found += 1;
            }
        }
    }
    assert!(found > 50, "{found}");
}

#[test]
fn every_link_leads_somewhere() {
    for page in fences::pages() {
        for (line, link) in fences::links(&page) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = fences::root().join(&page).parent().unwrap().to_owned();
            let target = if path.is_empty() { fences::root().join(&page) } else { folder.join(path) };
            let target = target.canonicalize().unwrap_or_else(|e| panic!("{page}:{line}: {link}: {e}"));
            if !anchor.is_empty() {
                let other = target.strip_prefix(fences::root()).unwrap().to_str().unwrap().to_owned();
                assert!(fences::anchors(&other).iter().any(|one| one == anchor), "{page}:{line}: no heading {link}");
            }
        }
    }
}
