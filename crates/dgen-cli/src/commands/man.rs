//! `dgen man`.

use std::fs;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use dgen::{Error, Result};

use crate::exit::Exit;
use crate::output;

/// The page of the command to standard output, or a page for each command to files in a folder.
pub(crate) fn run(folder: Option<&Path>, command: Command) -> Result<Exit> {
    let Some(folder) = folder else {
        output::print(&page(command))?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).map_err(|error| Error::io("make the folder", folder, None, error))?;
    let mut command = command;
    command.build();
    all(&command, "dgen", folder)?;
    Ok(Exit::Done)
}

fn all(command: &Command, name: &str, folder: &Path) -> Result<()> {
    let path = folder.join(format!("{name}.1"));
    let text = page(command.clone().display_name(name.to_owned()));
    fs::write(&path, text).map_err(|error| Error::io("write to", &path, None, error))?;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        all(below, &format!("{name}-{}", below.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: Command) -> String {
    let mut text = Vec::new();
    Man::new(command).render(&mut text).expect("memory takes all");
    String::from_utf8_lossy(&text).into_owned()
}
