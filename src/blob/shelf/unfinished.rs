//! Files that are opened: without a name until they are whole.

use std::{fs::File, io, path::Path};

/// A file that has its name only once it is whole. On Linux it has none before, so that a kill in
/// between leaves nothing open on the disk.
#[derive(Debug)]
pub enum Unfinished {
    /// It has none.
    #[cfg(target_os = "linux")]
    Nameless(File),
    /// It has another.
    Named(tempfile::NamedTempFile),
}

impl Unfinished {
    /// A file in a folder, that only this user can read.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{Mode, OFlags};
            let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
            // Some disks of others know no files without names.
            if let Ok(file) = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
                return Ok(Self::Nameless(file.into()));
            }
        }
        Ok(Self::Named(tempfile::Builder::new().prefix(".ceiba-unfinished-").tempfile_in(folder)?))
    }

    /// To write into.
    pub fn file(&mut self) -> &mut File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    /// Gives it its name, unless there is something of that name.
    ///
    /// # Errors
    /// When there is, or the system refuses.
    pub fn name(self, out: &Path) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Nameless(file) => {
                use std::os::fd::AsRawFd as _;

                use rustix::fs::{AtFlags, CWD, linkat};
                let held = format!("/proc/self/fd/{}", file.as_raw_fd());
                Ok(linkat(CWD, held, CWD, out, AtFlags::SYMLINK_FOLLOW)?)
            }
            Self::Named(file) => match file.persist_noclobber(out) {
                Ok(_named) => Ok(()),
                Err(error) => Err(error.error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_has_a_name_once_it_is_whole_and_takes_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("foto.jpg");
        let entries = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut file = Unfinished::new(folder.path()).unwrap();
        file.file().write_all(b"a face").unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(entries(), 0, "a kill here leaves nothing");
        }
        file.name(&out).unwrap();
        assert_eq!(std::fs::read(&out).unwrap(), b"a face");
        let again = Unfinished::new(folder.path()).unwrap().name(&out).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(entries(), 1);
    }
}
