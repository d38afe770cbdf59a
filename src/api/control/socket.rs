//! Where the socket lies, and whether somebody listens on it.

use std::{
    fs::{self, File},
    io,
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use crate::api::{ApiError, ErrorKind};

/// The socket's name in the home.
const SOCKET_NAME: &str = "control.sock";
/// Bytes of a path that every Unix takes for a socket (Linux 107, others 103).
const MAX_SOCKET_PATH: usize = 103;

/// The socket of a home, named in a way that the system takes.
#[derive(Debug)]
pub(super) struct Socket {
    /// The path to give to `bind` and `connect`.
    short: PathBuf,
    /// The path as people write it.
    plain: PathBuf,
    /// Keeps the descriptor open that `short` goes through.
    _home: Option<File>,
}

impl Socket {
    pub(super) fn of(home: &Path) -> Result<Self, ApiError> {
        let plain = home.join(SOCKET_NAME);
        if plain.as_os_str().len() <= MAX_SOCKET_PATH {
            return Ok(Self { short: plain.clone(), plain, _home: None });
        }
        let (short, opened) = through_descriptor(home)?;
        Ok(Self { short, plain, _home: Some(opened) })
    }

    /// For `bind` and `connect`.
    pub(super) fn short(&self) -> &Path {
        &self.short
    }

    /// For messages and for the file system.
    pub(super) fn plain(&self) -> &Path {
        &self.plain
    }

    /// A connection to the node that listens here; none when no node does.
    pub(super) fn connect(&self) -> Result<Option<UnixStream>, ApiError> {
        match fs::symlink_metadata(&self.plain) {
            Ok(found) => self.refuse_foreign(&found)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("look at", &error)),
        }
        match UnixStream::connect(&self.short) {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if nobody_listens(&error) => Ok(None),
            Err(error) => Err(self.failed("connect to", &error)),
        }
    }

    /// The file must be a socket, and belong to whom the home belongs.
    fn refuse_foreign(&self, found: &fs::Metadata) -> Result<(), ApiError> {
        let home = self.plain.parent().unwrap_or_else(|| Path::new("."));
        let owner = fs::metadata(home).map_err(|error| self.failed("look beside", &error))?.uid();
        if found.file_type().is_socket() && found.uid() == owner {
            return Ok(());
        }
        let message = format!("{} is not this home's control socket", self.plain.display());
        Err(ApiError::new(ErrorKind::Storage, message)
            .hint("look who put it there, and move it away"))
    }

    pub(super) fn failed(&self, what: &str, error: &io::Error) -> ApiError {
        let message = format!("cannot {what} {}: {error}", self.plain.display());
        ApiError::new(ErrorKind::Storage, message)
    }
}

fn nobody_listens(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
}

/// Linux names an open directory by its descriptor, which makes any path short.
#[cfg(target_os = "linux")]
fn through_descriptor(home: &Path) -> Result<(PathBuf, File), ApiError> {
    use std::os::fd::AsRawFd as _;

    let opened = File::open(home).map_err(|error| {
        let message = format!("cannot open {}: {error}", home.display());
        ApiError::new(ErrorKind::Storage, message).hint("create a node with `ceiba init`")
    })?;
    let short = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET_NAME}", opened.as_raw_fd()));
    Ok((short, opened))
}

#[cfg(not(target_os = "linux"))]
fn through_descriptor(home: &Path) -> Result<(PathBuf, File), ApiError> {
    let message = format!("the path {} is too long for a socket in it", home.display());
    let hint = format!("choose a home whose path has less than {} bytes", MAX_SOCKET_PATH - 13);
    Err(ApiError::new(ErrorKind::Usage, message).hint(hint))
}
