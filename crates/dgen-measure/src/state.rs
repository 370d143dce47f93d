//! The state file of a measurement: whose it is, and how it comes to be on the disk.

use std::fs::{self, File};
use std::io::ErrorKind as IoKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dgen::{Error, ErrorKind, Result};

use crate::input::Input;
use crate::keep::{Keep, Loader, Pass, Saver, keeps, pass_bytes};
use crate::model::Model;
use crate::options::MeasureOptions;

/// What the file begins with: the name of the format and its version.
const MAGIC: [u8; 16] = *b"dgen-measure 1\n\0";

/// A save may take one part in so many of the time.
const SHARE: u32 = 20;

/// A file on the disk, as far as it can be told without reading it.
#[derive(Default, PartialEq, Eq)]
struct Identity {
    path: Vec<u8>,
    /// Absent where it cannot be looked at.
    found: Option<Found>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Found {
    size: u64,
    device: u64,
    inode: u64,
    modified: u128,
}

keeps!(Found: size, device, inode, modified);

impl Keep for Identity {
    fn pass(&mut self, way: &mut dyn Pass) -> std::io::Result<()> {
        pass_bytes(&mut self.path, way)?;
        self.found.pass(way)
    }
}

impl Identity {
    fn of(input: &Input<'_>) -> Result<Self> {
        let Input::Path(path) = input else {
            let message = "state: only files and devices can be gone on with, not a stream or memory";
            return Err(Error::new(ErrorKind::Usage, message));
        };
        let found = fs::metadata(path).ok().map(|found| Found {
            size: found.size(),
            device: found.dev(),
            inode: found.ino(),
            modified: (u128::from(found.mtime().cast_unsigned()) << 64)
                | u128::from(found.mtime_nsec().cast_unsigned()),
        });
        Ok(Self { path: path.as_os_str().as_bytes().to_vec(), found })
    }
}

/// The state file of one measurement.
pub(crate) struct StateFile {
    path: PathBuf,
    every: Duration,
    /// Names and values that decide about the numbers.
    options: Vec<(String, String)>,
    inputs: Vec<Identity>,
    saved: Instant,
    /// How long the last save took.
    took: Duration,
}

impl StateFile {
    /// The file that the options ask for.
    pub(crate) fn new(options: &MeasureOptions, inputs: &[Input<'_>]) -> Result<Option<Self>> {
        let Some(path) = options.state.clone() else { return Ok(None) };
        Ok(Some(Self {
            path,
            every: options.state_every,
            options: decisive(options),
            inputs: inputs.iter().map(Identity::of).collect::<Result<_>>()?,
            saved: Instant::now(),
            took: Duration::ZERO,
        }))
    }

    /// Reads what an earlier run has saved, if there is such a file; whether there is.
    pub(crate) fn load(&self, values: &mut dyn Keep) -> Result<bool> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == IoKind::NotFound => return Ok(false),
            Err(e) => return Err(Error::io("open", &self.path, None, e)),
        };
        let unreadable = |e: std::io::Error| match e.kind() {
            IoKind::UnexpectedEof | IoKind::InvalidData => self.refused("it is damaged; remove it to begin anew"),
            _ => Error::io("read", &self.path, None, e),
        };
        let mut loader = Loader::new(file);
        let mut magic = [0_u8; 16];
        match loader.bytes(&mut magic) {
            Ok(()) if magic == MAGIC => {}
            Ok(()) if magic[..13] == MAGIC[..13] => {
                return Err(self.refused("it is of another version of dgen; remove it to begin anew"));
            }
            Ok(()) => return Err(self.refused("it is not the state of a measurement")),
            Err(e) if e.kind() == IoKind::UnexpectedEof => {
                return Err(self.refused("it is not the state of a measurement"));
            }
            Err(e) => return Err(unreadable(e)),
        }
        let (mut options, mut inputs) = (Vec::new(), Vec::new());
        options.pass(&mut loader).map_err(unreadable)?;
        self.same_options(&options)?;
        inputs.pass(&mut loader).map_err(unreadable)?;
        self.same_inputs(&inputs)?;
        values.pass(&mut loader).map_err(unreadable)?;
        loader.finish().map_err(unreadable)?;
        Ok(true)
    }

    fn same_options(&self, saved: &[(String, String)]) -> Result<()> {
        let differs = self.options.iter().zip(saved).find(|(now, then)| now != then);
        match differs {
            Some(((name, now), (_, then))) => {
                Err(self
                    .refused(&format!("it is of a measurement with other options: {name} was {then}, and is {now}")))
            }
            None if saved.len() != self.options.len() => Err(self.refused("it is of a measurement with other options")),
            None => Ok(()),
        }
    }

    fn same_inputs(&self, saved: &[Identity]) -> Result<()> {
        if let Some((now, then)) = self.inputs.iter().zip(saved).find(|(now, then)| now != then) {
            let path = Path::new(std::ffi::OsStr::from_bytes(&now.path)).display();
            let what = match (now.found, then.found) {
                _ if now.path != then.path => "is not what was measured in its place".to_owned(),
                (Some(now), Some(then)) if now.size != then.size => {
                    format!("has {} bytes, and had {}", now.size, then.size)
                }
                (Some(now), Some(then)) if (now.device, now.inode) != (then.device, then.inode) => {
                    "is another file of that name".to_owned()
                }
                (Some(_), Some(_)) => "was modified since".to_owned(),
                _ => "could be read then or now, not both times".to_owned(),
            };
            return Err(self.refused(&format!("the inputs are others: {path} {what}")));
        }
        let (now, then) = (self.inputs.len(), saved.len());
        if now == then {
            Ok(())
        } else {
            Err(self.refused(&format!("the inputs are others: {now} files, and were {then}")))
        }
    }

    fn refused(&self, why: &str) -> Error {
        Error::new(ErrorKind::Refused, format!("state {}: {why}", self.path.display()))
    }

    /// Whether it is time to save.
    pub(crate) fn is_due(&self) -> bool {
        self.every.is_zero() || self.saved.elapsed() >= self.every.max(self.took * SHARE)
    }

    /// Puts the values in the place of what was saved before, all of them or none.
    pub(crate) fn save(&mut self, values: &mut dyn Keep) -> Result<()> {
        let begin = Instant::now();
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = self.path.with_file_name(name);
        let mut write = || {
            let (mut saver, mut magic) = (Saver::new(File::create(&part)?), MAGIC);
            saver.bytes(&mut magic)?;
            self.options.pass(&mut saver)?;
            self.inputs.pass(&mut saver)?;
            values.pass(&mut saver)?;
            saver.finish()?;
            fs::rename(&part, &self.path)
        };
        write().map_err(|e| {
            let _ = fs::remove_file(&part);
            Error::io("write", &self.path, None, e)
        })?;
        (self.saved, self.took) = (Instant::now(), begin.elapsed());
        Ok(())
    }

    /// Removes the file, once all was measured.
    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(e) if e.kind() != IoKind::NotFound => Err(Error::io("remove", &self.path, None, e)),
            _ => Ok(()),
        }
    }
}

/// The options that decide about the numbers, in words and in the order in which they are compared.
fn decisive(options: &MeasureOptions) -> Vec<(String, String)> {
    let MeasureOptions { dedup_blocks, chunkers, codecs, compress_blocks, compress_dedup_block, dedup, .. } = options;
    let MeasureOptions { compress_sample, models, zstd_level, zlib_level, lzma_level, entropy, memory, .. } = options;
    let chunkers: Vec<String> = chunkers.iter().map(|chunker| format!("{chunker:?}")).collect();
    let models: Vec<&str> = models.iter().map(Model::name).collect();
    let all = [
        ("the version of dgen", env!("CARGO_PKG_VERSION").to_owned()),
        ("dedup blocks", format!("{dedup_blocks:?}")),
        ("chunkers", chunkers.join(", ")),
        ("codecs", format!("{codecs:?}")),
        ("compress blocks", format!("{compress_blocks:?}")),
        ("unique block", format!("{compress_dedup_block:?}")),
        ("dedup", dedup.to_string()),
        ("sample", format!("{compress_sample:?}")),
        ("models", models.join(", ")),
        ("zstd level", zstd_level.to_string()),
        ("zlib level", zlib_level.to_string()),
        ("lzma level", lzma_level.to_string()),
        ("entropy", entropy.to_string()),
        ("memory", memory.to_string()),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
