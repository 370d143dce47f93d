//! Files of rows, to which those of later runs are added.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use dgen::{Error, ErrorKind, Result};

use crate::guard::{Form, Guard};
use crate::report_file::check_name;

/// A file that rows are added to.
pub(crate) struct CsvFile {
    path: PathBuf,
    file: File,
}

impl CsvFile {
    /// Opens a file that is new, empty, or begins with the same line of names; that line is written where it is missing.
    /// Where `guard` forces it also any other, which is emptied.
    pub(crate) fn open(path: &Path, header: &str, guard: &mut Guard) -> Result<Self> {
        let wrong = |action: &str, e| Error::io(action, path, None, e);
        let form = Form::Csv(header);
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let mut file = match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                guard.admit(path, form, None)?;
                let file = options.create(true).open(path).map_err(|e| wrong("open", e))?;
                guard.recheck(path, form, &file)?;
                file
            }
            other => {
                let file = other.map_err(|e| wrong("open", e))?;
                guard.admit(path, form, Some(&file))?;
                file
            }
        };
        let mut found = Vec::new();
        (&mut file).take(header.len() as u64).read_to_end(&mut found).map_err(|e| wrong("read", e))?;
        if guard.force() && !found.is_empty() && found != header.as_bytes() {
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
        self.file.write_all(rows.as_bytes()).map_err(|e| Error::io("write", &self.path, None, e))?;
        check_name(&self.path, &self.file)
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
        let open = |header: &str, force| CsvFile::open(&path, header, &mut Guard::new([], force));
        open("a,b\n", false).unwrap().add("1,2\n").unwrap();
        open("a,b\n", false).unwrap().add("3,4").unwrap();
        open("a,b\n", false).unwrap().add("5,6\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a,b\n1,2\n3,4\n5,6\n");
        assert!(open("a,c\n", false).is_err_and(|e| e.kind() == ErrorKind::Refused));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 4);
        open("a,c\n", true).unwrap().add("7,8\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a,c\n7,8\n");
    }
}
