//! Files of rows, to which those of later runs are added.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};

/// A file that rows are added to.
pub(crate) struct CsvFile {
    path: PathBuf,
    file: File,
}

impl CsvFile {
    /// Opens a file that is new, empty, or begins with the same line of names; that line is written where it is missing.
    /// With `force` also any other, which is emptied.
    pub(crate) fn open(path: &Path, header: &str, force: bool) -> Result<Self> {
        let wrong = |action: &str, e| Error::io(action, path, None, e);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path).map_err(|e| wrong("open", e))?;
        let mut found = Vec::new();
        (&mut file).take(header.len() as u64).read_to_end(&mut found).map_err(|e| wrong("read", e))?;
        if force && !found.is_empty() && found != header.as_bytes() {
            file.set_len(0).map_err(|e| wrong("empty", e))?;
            found.clear();
        }
        if found.is_empty() {
            file.write_all(header.as_bytes()).map_err(|e| wrong("write", e))?;
        } else if found != header.as_bytes() {
            let message = format!("{}: begins with other columns, so rows are not added to it", path.display());
            return Err(Error::new(ErrorKind::Refused, message));
        } else if !ends_line(&mut file).map_err(|e| wrong("read", e))? {
            file.write_all(b"\n").map_err(|e| wrong("write", e))?;
        }
        Ok(Self { path: path.to_owned(), file })
    }

    pub(crate) fn add(mut self, rows: &str) -> Result<()> {
        self.file.write_all(rows.as_bytes()).map_err(|e| Error::io("write", &self.path, None, e))
    }
}

fn ends_line(file: &mut File) -> std::io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_below_the_same_names_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        CsvFile::open(&path, "a,b\n", false).unwrap().add("1,2\n").unwrap();
        CsvFile::open(&path, "a,b\n", false).unwrap().add("3,4").unwrap();
        CsvFile::open(&path, "a,b\n", false).unwrap().add("5,6\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a,b\n1,2\n3,4\n5,6\n");
        assert!(CsvFile::open(&path, "a,c\n", false).is_err_and(|e| e.kind() == ErrorKind::Refused));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
        CsvFile::open(&path, "a,c\n", true).unwrap().add("7,8\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a,c\n7,8\n");
    }
}
