//! The files of bundles, as the disk has them.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use data_encoding::BASE32_NOPAD;
use rand::Rng;

use crate::{
    api::{ApiError, ErrorKind},
    crypto::{
        DeviceKeys,
        bundle::{Envelope, MAX_HEADER_BYTES, SEGMENT_BYTES},
    },
    sync::bundle::{PartError, PartInfo, PartReader},
};

/// Ends the names of bundles. It says nothing but that the content is not text; names without an
/// ending are opened by nothing and stand out more.
pub(super) const ENDING: &str = "bin";
/// Ends the names of files that are not complete.
pub(super) const UNFINISHED: &str = "part";
/// Random bytes of a name: 8 characters.
const NAME_BYTES: usize = 5;
/// Names that are tried, if files have them already.
const TRIES: usize = 16;

/// A part that is being read.
pub(super) type OpenPart = PartReader<BufReader<File>>;

/// Why a file is not taken as a part.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No stanza opens.
    #[error("it is not for this device, or damaged")]
    NotForThisDevice,
    /// It is for this device.
    #[error(transparent)]
    Part(#[from] PartError),
}

/// Opens a file's envelope. Gives its digest as well, which no two bundles share.
pub(super) fn open_part(path: &Path, keys: &DeviceKeys) -> Result<(OpenPart, [u8; 32]), FileError> {
    let (sealed, envelope) = open(path, keys)?;
    let digest = envelope.digest();
    Ok((PartReader::new(sealed, envelope), digest))
}

/// Opens a file that was checked, to read exactly the same again.
pub(super) fn open_again(
    path: &Path,
    keys: &DeviceKeys,
    info: &PartInfo,
) -> Result<OpenPart, FileError> {
    let (sealed, envelope) = open(path, keys)?;
    Ok(PartReader::again(sealed, envelope, info)?)
}

/// Opens a file's envelope; what is read next follows it.
fn open(path: &Path, keys: &DeviceKeys) -> Result<(BufReader<File>, Envelope), FileError> {
    let mut file = open_file(path)?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(MAX_HEADER_BYTES as u64).read_to_end(&mut head)?;
    let envelope = Envelope::open(&keys.receiving, &keys.device(), &head);
    let envelope = envelope.ok_or(FileError::NotForThisDevice)?;
    file.seek(SeekFrom::Start(envelope.header().len() as u64))?;
    Ok((BufReader::with_capacity(SEGMENT_BYTES, file), envelope))
}

/// Opens a file to read it; anything else is refused. A pipe on a medium would else block until
/// somebody writes, and some devices act when they are opened.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    let file = {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        File::from(rustix::fs::open(path, flags, Mode::empty())?)
    };
    #[cfg(not(unix))]
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a file"))
    }
}

/// Makes the names in a folder durable, where the system can.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Some file systems of networks and sticks do not sync folders, and say so in this way.
    #[cfg(unix)]
    match File::open(folder)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
        done => done?,
    }
    #[cfg(not(unix))]
    let _cannot = folder;
    Ok(())
}

/// Makes a file with a random name, which ends as one that is not complete.
pub(super) fn create(
    folder: &Path,
    rng: &mut impl Rng,
) -> Result<(BufWriter<File>, PathBuf), ApiError> {
    for _try in 0..TRIES {
        let mut random = [0; NAME_BYTES];
        rng.fill_bytes(&mut random);
        let path = folder.join(name(&random));
        if path.exists() {
            continue;
        }
        let unfinished = path.with_extension(UNFINISHED);
        match create_new(&unfinished) {
            Ok(file) => return Ok((BufWriter::with_capacity(SEGMENT_BYTES, file), unfinished)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(not_written(folder, &error)),
        }
    }
    Err(not_written(folder, &io::ErrorKind::AlreadyExists.into()))
}

/// A file's name from random bytes.
pub(super) fn name(random: &[u8; NAME_BYTES]) -> String {
    format!("{}.{ENDING}", BASE32_NOPAD.encode(random).to_lowercase())
}

/// Makes a file that only its owner may read, if the file system knows owners.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a file durable: a stick may be pulled the moment that the command ends. Gives its size.
pub(super) fn complete(out: BufWriter<File>) -> io::Result<u64> {
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.flush()?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

pub(super) fn not_written(path: &Path, error: &io::Error) -> ApiError {
    let (path, reason) = (path.display().to_string(), error.to_string());
    ApiError::new(ErrorKind::Storage, format!("cannot write into {path}: {reason}"))
        .hint("check that the folder exists, is writable, and has room")
        .named("bundle-not-written", &[("path", &path), ("reason", &reason)])
}
