//! What a data set says of itself, in a file beside its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Recipe, Result};
use dgen_io::MANIFEST;
use serde::{Deserialize, Serialize};

use crate::layout::{Layout, Shape};

/// The form of the manifest.
const FORM: u32 = 1;
/// Bytes of a manifest that are read.
const LONGEST: u64 = 1 << 16;

/// A data set's layout, and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// What decides the files.
    pub layout: Layout,
    /// The generation that the folder holds, or is on its way to.
    pub generation: u32,
    /// The generation that it held before.
    pub before: Option<u32>,
    /// Whether every file is as that generation says. Where several processes write, none of them knows.
    pub complete: bool,
}

/// The same as it is written: each value as the option takes it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Text {
    dgen_dataset: u32,
    writer: String,
    recipe: String,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shards: Option<u64>,
    fan_out: u64,
    format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_size: Option<u64>,
    dtype: String,
    changes: String,
    generation: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<u32>,
    complete: bool,
}

impl Manifest {
    /// Reads the manifest of a folder; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or says what no data set is.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MANIFEST);
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path, None, error)),
        };
        let wrong = |why: String| {
            let why = why.replace(char::is_control, " ");
            Error::new(ErrorKind::InvalidValue, format!("{}: not the manifest of a data set: {why}", path.display()))
        };
        let text: Text = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        Self::of(&text).map(Some).map_err(|error| wrong(error.to_string()))
    }

    /// The manifest of a folder that has one.
    ///
    /// # Errors
    /// When there is none, too.
    pub fn find(folder: &Path) -> Result<Self> {
        Self::read(folder)?.ok_or_else(|| {
            let message = format!("{}: no data set: there is no {MANIFEST} in it", folder.display());
            Error::new(ErrorKind::Usage, message)
        })
    }

    fn of(text: &Text) -> Result<Self> {
        if text.dgen_dataset != FORM {
            return Err(Error::invalid("dgen_dataset", text.dgen_dataset, &format!("{FORM}, the one known form")));
        }
        let sizes = text.file_size.as_deref().map(str::parse).transpose()?;
        let model = text.checkpoint.as_deref().map(str::parse).transpose()?;
        let shape = match (text.count, text.size, sizes, model, text.shards) {
            (Some(count), None, Some(sizes), None, None) => Shape::Files { count, sizes },
            (None, Some(size), Some(sizes), None, None) => Shape::Total { size, sizes },
            (Some(count), Some(size), None, None, None) => Shape::Parts { count, size },
            (None, None, None, Some(model), Some(shards)) => Shape::Checkpoint { model, shards },
            _ => return Err(Error::new(ErrorKind::Usage, "count, size, file_size and checkpoint do not fit together")),
        };
        let layout = Layout {
            offset: text.offset,
            fan_out: text.fan_out,
            format: text.format.parse()?,
            record: text.record_size,
            dtype: text.dtype.parse()?,
            changes: text.changes.parse()?,
            ..Layout::new(text.recipe.parse::<Recipe>()?, shape)
        };
        let (generation, before, complete) = (text.generation, text.before, text.complete);
        Ok(Self { layout, generation, before, complete })
    }

    fn text(&self) -> Text {
        let Self { layout, generation, before, complete } = *self;
        let mut text = Text {
            dgen_dataset: FORM,
            writer: format!("dgen {}", dgen_formats::VERSION),
            recipe: layout.recipe.to_string(),
            offset: layout.offset,
            count: None,
            size: None,
            file_size: None,
            checkpoint: None,
            shards: None,
            fan_out: layout.fan_out,
            format: layout.format.to_string(),
            record_size: layout.record,
            dtype: layout.dtype.to_string(),
            changes: layout.changes.to_string(),
            generation,
            before,
            complete,
        };
        match layout.shape {
            Shape::Files { count, sizes } => (text.count, text.file_size) = (Some(count), Some(sizes.to_string())),
            Shape::Total { size, sizes } => (text.size, text.file_size) = (Some(size), Some(sizes.to_string())),
            Shape::Parts { count, size } => (text.count, text.size) = (Some(count), Some(size)),
            Shape::Checkpoint { model, shards } => {
                (text.checkpoint, text.shards) = (Some(model.to_string()), Some(shards));
            }
        }
        text
    }

    /// Puts the manifest into a folder, as a whole or not at all.
    ///
    /// # Errors
    /// What the system says, with the path.
    pub(crate) fn put(&self, folder: &Path) -> Result<()> {
        let path = folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(&self.text()).expect("texts and numbers") + "\n";
        let draft = draft(folder);
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&draft, &path)).map_err(|error| {
            _ = fs::remove_file(&draft);
            Error::io("write", &path, None, error)
        })
    }
}

/// Where the manifest is written before it takes its place.
pub(crate) fn draft(folder: &Path) -> PathBuf {
    folder.join(format!(".{MANIFEST}.new"))
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(File::open(path)?, LONGEST), &mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dgen_formats::Format;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap(), None);
        let recipe: Recipe = "dgen1,seed=0x7,block=64KiB,dedup=3/2".parse().unwrap();
        let sizes = "4KiB:1MiB".parse().unwrap();
        for shape in [
            Shape::Files { count: 3, sizes },
            Shape::Total { size: 99, sizes },
            Shape::Parts { count: 2, size: 9 },
            Shape::Checkpoint { model: "70b".parse().unwrap(), shards: 8 },
        ] {
            let mut layout = Layout::new(recipe, shape);
            layout.format = Format::Npy;
            layout.record = Some(512);
            layout.offset = 1 << 30;
            layout.changes = "edit=1/50".parse().unwrap();
            let manifest = Manifest { layout, generation: 3, before: Some(2), complete: true };
            manifest.put(folder.path()).unwrap();
            assert_eq!(Manifest::find(folder.path()).unwrap(), manifest);
        }
    }

    #[test]
    fn what_is_no_manifest_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Manifest::find(folder.path()).unwrap_err().to_string().contains(MANIFEST));
        for text in ["", "{}", "[1]", "{\"dgen_dataset\": 1}", "\u{1b}[31m", &"[".repeat(100_000)] {
            fs::write(folder.path().join(MANIFEST), text).unwrap();
            let error = Manifest::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(MANIFEST) && !error.contains('\u{1b}'), "{error}");
        }
    }
}
