//! Writing a file that holds more than others should see.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::SnapshotError;

/// Replaces the file at `path` with these bytes in one step.
pub(super) fn atomically(path: &Path, bytes: &[u8]) -> Result<(), SnapshotError> {
    let failed = |doing: &'static str| {
        move |error: io::Error| SnapshotError::Io { path: path.display().to_string(), doing, error }
    };
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        let error = io::Error::new(io::ErrorKind::AlreadyExists, "there is something that is not a regular file");
        return Err(failed("cannot replace it")(error));
    }
    let temporary = beside(path).ok_or_else(|| {
        failed("cannot write it")(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))
    })?;
    let mut file = create_private(&temporary).map_err(failed("cannot write beside it"))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let replaced = written.and_then(|()| std::fs::rename(&temporary, path));
    if replaced.is_err() {
        // The error that matters is the first one.
        let _ = std::fs::remove_file(&temporary);
    }
    replaced.map_err(failed("cannot write it"))?;
    sync_folder(path).map_err(failed("cannot make it durable"))
}

/// A name in the same folder that nobody else uses: rename works within one file system only.
fn beside(path: &Path) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    name.push(format!(".{}.part", std::process::id()));
    Some(path.with_file_name(name))
}

/// Fails when the name is taken, also by a link.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
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
