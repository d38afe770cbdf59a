//! A file that is there as a whole or not at all.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tempfile::NamedTempFile;

use crate::{
    api::{ApiError, ErrorKind},
    cli::failure::{file_error, own_error},
    exchange::out::{Digesting, FileDigest, OutError},
};

/// Bytes that are collected before they are written.
const BUFFER: usize = 256 * 1024;

/// A new file: written beside its place, for its owner only, and renamed at the end.
pub(super) struct NewFile {
    path: PathBuf,
    file: NamedTempFile,
    sink: Sink,
}

/// Where a writer writes. It outlives the writer, which takes it.
#[derive(Clone)]
pub(super) struct Sink(Arc<Mutex<Option<Digesting<BufWriter<File>>>>>);

impl Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.flush()
    }
}

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Another file that belongs to this one: `incidents.csv.export.json`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

/// Refuses a path at which something is: an export never replaces anything.
pub(super) fn refuse_existing(path: &Path) -> Result<(), ApiError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(file_error("error-cannot-write", path, &error)),
        Ok(_there) => {
            let error = io::Error::from(io::ErrorKind::AlreadyExists);
            Err(file_error("error-file-exists", path, &error))
        }
    }
}

/// What went wrong while a file was written.
pub(super) fn failed(path: &Path, error: OutError) -> ApiError {
    match error {
        OutError::Io(error) => file_error("error-cannot-write", path, &error),
        OutError::AboveTier(field) => {
            own_error(ErrorKind::Internal, "error-export-above-tier", &[("path", field)])
        }
        OutError::Format(reason) => {
            let given = [("file", path.display().to_string()), ("reason", reason)];
            own_error(ErrorKind::Internal, "error-cannot-write", &given)
        }
    }
}

impl NewFile {
    /// Begins a file; its temporary one has mode 0600 and is gone if this is dropped.
    pub(super) fn create(path: &Path) -> Result<Self, ApiError> {
        refuse_existing(path)?;
        let cannot = |error: io::Error| file_error("error-cannot-write", path, &error);
        let mut builder = tempfile::Builder::new();
        let file = builder.prefix(".ceiba-export-").tempfile_in(folder_of(path)).map_err(cannot)?;
        let out = BufWriter::with_capacity(BUFFER, file.reopen().map_err(cannot)?);
        let sink = Sink(Arc::new(Mutex::new(Some(Digesting::new(out)))));
        Ok(Self { path: path.to_owned(), file, sink })
    }

    /// What writers write to.
    pub(super) fn sink(&self) -> Sink {
        self.sink.clone()
    }

    /// Gives the file its name, durable; what is in it.
    pub(super) fn keep(self) -> Result<FileDigest, ApiError> {
        let Self { path, file, sink } = self;
        let cannot = |error: io::Error| file_error("error-cannot-write", &path, &error);
        let inner = sink.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let inner = inner.ok_or_else(|| cannot(io::ErrorKind::BrokenPipe.into()))?;
        let (out, sha256, bytes) = inner.end();
        let out = out.into_inner().map_err(|error| cannot(error.into_error()))?;
        out.sync_all().map_err(cannot)?;
        file.persist_noclobber(&path).map_err(|error| cannot(error.error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(FileDigest { name, bytes, sha256, records: None })
    }
}
