//! Writes files atomically, and replaces only regular files.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The permissions of a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Only its owner can read it.
    Owner,
    /// The default permissions of new files.
    Default,
}

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {doing}: {error}", path.display())]
pub struct WriteError {
    path: PathBuf,
    doing: &'static str,
    error: io::Error,
}

/// Replaces the file at `path` with these bytes in one step: the old content stays until all bytes are written. A
/// symbolic link is not followed.
///
/// # Errors
/// If the path is not a regular file, or the file system returns an error.
pub fn write_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), WriteError> {
    let failed = |doing: &'static str| move |error: io::Error| WriteError { path: path.to_owned(), doing, error };
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        let error = io::Error::new(io::ErrorKind::AlreadyExists, "it is not a regular file");
        return Err(failed("cannot replace it")(error));
    }
    let temporary = beside(path).ok_or_else(|| {
        failed("cannot write it")(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))
    })?;
    let mut file = create(&temporary, readers).map_err(failed("cannot write in the same folder"))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let replaced = written.and_then(|()| std::fs::rename(&temporary, path));
    if replaced.is_err() {
        // The error that matters is the first one.
        let _ = std::fs::remove_file(&temporary);
    }
    replaced.map_err(failed("cannot write it"))?;
    sync_folder(path).map_err(failed("cannot synchronize it to disk"))
}

/// An unused name in the same folder: rename works within one file system only.
fn beside(path: &Path) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    name.push(format!(".{}.part", std::process::id()));
    Some(path.with_file_name(name))
}

/// Fails when the name is taken, also by a link.
fn create(path: &Path, readers: Readers) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = readers;
    options.open(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_is_not_followed_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("target"), "before").unwrap();
        for (link, target) in [("link", at("target")), ("dangling", at("nothing")), ("to-a-folder", at("."))] {
            symlink(target, at(link)).unwrap();
            let error = write_file(&at(link), b"after", Readers::Default).unwrap_err().to_string();
            assert!(error.ends_with("cannot replace it: it is not a regular file"), "{error}");
            assert!(at(link).is_symlink(), "{link}");
        }
        assert_eq!(std::fs::read(at("target")).unwrap(), b"before");
        assert_eq!(folder.path().read_dir().unwrap().count(), 4);
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verdicts");
        write_file(&path, b"before", Readers::Default).unwrap();
        write_file(&path, b"after", Readers::Owner).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"after");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        // The temporary name is taken by a link.
        symlink(&path, beside(&path).unwrap()).unwrap();
        assert!(write_file(&path, b"other", Readers::Default).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"after");
    }
}
