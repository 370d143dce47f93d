//! Whose a folder is: a data set is written where nothing else lies, or where it lies already.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use dgen::{Error, ErrorKind, Result};
use dgen_io::{MANIFEST, RankShare, Watch};

use crate::crew::interrupted;
use crate::layout::Layout;
use crate::manifest::{Manifest, draft};

/// How often ranks look for what rank 0 makes.
const LOOK: Duration = Duration::from_millis(20);

/// Looks at the folder and notes in it what it is to hold; returns what it holds, as far as that is known.
pub(crate) fn begin(folder: &Path, layout: &Layout, generation: u32, force: bool) -> Result<Option<Manifest>> {
    fs::create_dir_all(folder).map_err(|error| Error::io("make the folder", folder, None, error))?;
    let found = Manifest::read(folder)?;
    match &found {
        Some(found) => check_same(folder, found, layout, generation)?,
        None if !force => check_empty(folder)?,
        None => {}
    }
    let before =
        found.map(|found| if found.complete { found.generation } else { found.before.unwrap_or(found.generation) });
    let manifest = Manifest { layout: *layout, generation, before, complete: false };
    manifest.put(folder)?;
    Ok(found)
}

/// Waits until rank 0 has noted what the folder is to hold.
pub(crate) fn follow(
    folder: &Path,
    layout: &Layout,
    generation: u32,
    share: Option<&RankShare>,
    watch: Watch<'_>,
) -> Result<Option<Manifest>> {
    let wait = share.map_or(Duration::ZERO, |share| share.wait);
    let until = Instant::now() + wait;
    loop {
        let found = Manifest::read(folder)?;
        if let Some(found) = found.filter(|found| found.generation == generation) {
            check_same(folder, &found, layout, generation)?;
            // What it held before, rank 0 has noted; whether that was complete, only where it is.
            let held = Manifest { generation: found.before.unwrap_or(found.generation), complete: false, ..found };
            return Ok(Some(held));
        }
        if watch.is_cancelled() {
            return Err(interrupted());
        }
        if Instant::now() >= until {
            let path = folder.join(MANIFEST);
            let message = format!("{}: rank 0 did not make it within {} s", path.display(), wait.as_secs());
            return Err(Error::new(ErrorKind::Refused, message));
        }
        std::thread::sleep(LOOK);
    }
}

fn check_same(folder: &Path, found: &Manifest, layout: &Layout, generation: u32) -> Result<()> {
    let refuse = |why: String| {
        let message = format!("{}: {why}; remove it, or take another folder", folder.display());
        Err(Error::new(ErrorKind::Refused, message))
    };
    if found.layout != *layout {
        return refuse("holds another data set".into());
    }
    if found.generation > generation {
        return refuse(format!("holds generation {}, and goes forward alone", found.generation));
    }
    Ok(())
}

fn check_empty(folder: &Path) -> Result<()> {
    let mut entries = fs::read_dir(folder).map_err(|error| Error::io("read the folder", folder, None, error))?;
    let other = entries.find_map(|entry| entry.ok().filter(|entry| entry.path() != draft(folder)));
    let Some(other) = other else { return Ok(()) };
    let message = dgen::error::Message::from(format!(
        "{}: holds other files, {} among them; ",
        folder.display(),
        other.file_name().to_string_lossy()
    ));
    Err(Error::new(
        ErrorKind::Refused,
        message.option("force").text(" writes beside them, and over those of the same names"),
    ))
}
