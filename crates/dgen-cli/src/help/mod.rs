//! The command line as people meet it: short options, what `-h` shows, examples, and names that are nearly right.

mod guide;

use clap::{Arg, Command, CommandFactory};

use crate::cli::Cli;
use crate::nearly::names;
use guide::{Guide, SEED_OF_FILES, STREAM_VERSION_OF_FILES, guide};

/// Short names, by the options' own.
const SHORT: [(&str, char); 4] = [("size", 's'), ("dedup_ratio", 'd'), ("compress_ratio", 'c'), ("threads", 'j')];
/// What vdbench calls them.
const ALIASES: [(&str, &str); 4] = [
    ("dedup_ratio", "dedupratio"),
    ("block_size", "dedupunit"),
    ("compress_ratio", "compratio"),
    ("buffer_size", "xfersize"),
];

/// The command line.
pub(crate) fn command() -> Command {
    dressed(Cli::command(), &mut Vec::new())
}

/// The same for completions and manuals: options that take one of a few names say which.
pub(crate) fn command_with_names() -> Command {
    named(command())
}

fn dressed(mut command: Command, path: &mut Vec<String>) -> Command {
    let guide = guide(path);
    let arguments: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for id in arguments {
        command = command.mut_arg(&id, |arg| dressed_argument(arg, guide, path));
    }
    if let Some(guide) = guide {
        command = command.after_help(guide.text());
    }
    let below: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    for name in below {
        path.push(name.clone());
        command = command.mut_subcommand(name, |one| dressed(one, path));
        path.pop();
    }
    command
}

fn dressed_argument(mut arg: Arg, guide: Option<&Guide>, path: &[String]) -> Arg {
    let id = arg.get_id().to_string();
    if let Some((_, short)) =
        SHORT.iter().find(|(name, _)| *name == id).filter(|_| arg.get_long() == Some(&*id.replace('_', "-")))
    {
        arg = arg.short(*short);
    }
    if let Some((_, alias)) = ALIASES.iter().find(|(name, _)| *name == id).filter(|_| arg.get_long().is_some()) {
        arg = arg.alias(*alias);
    }
    let of_files = matches!(path, [name] if name == "write" || name == "verify");
    match &*id {
        "seed" if of_files => arg = arg.help(SEED_OF_FILES),
        "stream_version" if of_files => arg = arg.help(STREAM_VERSION_OF_FILES),
        "engine" if path == ["verify"] => arg = arg.help(guide::ENGINE_OF_VERIFY),
        _ => {}
    }
    let matters = arg.is_positional() || guide.is_none_or(|guide| guide.matter.contains(&&*id));
    arg.hide_short_help(!matters)
}

fn named(mut command: Command) -> Command {
    let arguments: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for id in arguments {
        command = command.mut_arg(&id, |arg| {
            if !arg.get_action().takes_values() {
                return arg;
            }
            match names::of(&id) {
                Some(names) => arg.value_parser(names.to_vec()).hide_possible_values(true),
                // Numbers and sizes are no files.
                None if names::is_path(&arg) => arg,
                None => arg.value_hint(clap::ValueHint::Other),
            }
        });
    }
    let below: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    for name in below {
        command = command.mut_subcommand(name, named);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `look` with each command that does something, and the names that lead to it.
    fn each(command: &Command, path: &mut Vec<String>, look: &mut dyn FnMut(&[String], &Command)) {
        let below: Vec<&Command> = command.get_subcommands().filter(|one| !one.is_hide_set()).collect();
        if below.is_empty() {
            look(path, command);
        }
        for one in below {
            path.push(one.get_name().to_owned());
            each(one, path, look);
            path.pop();
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
        command_with_names().debug_assert();
    }

    #[test]
    fn every_command_has_examples_that_are_understood() {
        each(&command(), &mut Vec::new(), &mut |path, found| {
            let guide = guide(path).unwrap_or_else(|| panic!("{path:?} has no guide"));
            assert!((1..=3).contains(&guide.examples.len()), "{path:?}");
            assert!(guide.matter.len() <= 11, "{path:?}");
            for id in guide.matter {
                assert!(found.get_arguments().any(|arg| arg.get_id() == id), "{path:?} has no {id}");
            }
            for (line, _) in guide.examples {
                // What the shell makes of a line ends at its signs.
                let words = line.split([' ']).take_while(|word| !["|", ">", ";", "&&"].contains(word));
                let parsed = command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
                assert!(line.starts_with(&format!("dgen {}", path.join(" "))), "{line}");
            }
        });
    }

    #[test]
    fn names_that_are_offered_are_accepted() {
        each(&command(), &mut Vec::new(), &mut |path, found| {
            for arg in found.get_arguments() {
                let Some(names) = names::of(arg.get_id().as_str()) else { continue };
                let Some(long) = arg.get_long() else { continue };
                for name in names {
                    let words: Vec<String> = std::iter::once("dgen".to_owned())
                        .chain(path.iter().cloned())
                        .chain([format!("--{long}={name}")])
                        .collect();
                    let kind = command().try_get_matches_from(words).err().map(|error| error.kind());
                    let refused = [clap::error::ErrorKind::ValueValidation, clap::error::ErrorKind::InvalidValue];
                    assert!(!kind.is_some_and(|kind| refused.contains(&kind)), "{path:?} --{long}={name}");
                }
            }
        });
    }

    #[test]
    fn options_have_the_short_names_of_their_meaning() {
        for line in [
            "dgen write f -s 1MiB -d 2 -c 1.5 -j 2",
            "dgen write f --size 1MiB --dedupratio 2 --dedupunit 64k --compratio 2 --xfersize 64k",
            "dgen stream -s 1MiB -d 2",
            "dgen verify f -s 1MiB -j 1",
        ] {
            assert!(command().try_get_matches_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
