//! ZIP files of unknown origin: how much they hold is counted before anything of it is used.
//!
//! What an archive says of its sizes is not believed. Each part that is read is read through a
//! counter; a part that another crate reads whole is counted first.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use zip::ZipArchive;

use super::{
    error::FileError,
    source::{FileKind, ReadSeek, Source},
};

/// Parts of one archive: a workbook has some tens, an export with files some thousands.
pub const MAX_PARTS: usize = 20_000;
/// Bytes that one part may inflate to.
pub const MAX_PART_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes that all parts of a workbook may inflate to together: to count them takes time, too.
const MAX_INFLATED_BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes of a file that is a ZIP.
const MAX_ARCHIVE_BYTES: u64 = 2 * 1024 * 1024 * 1024;

pub(super) type Archive = ZipArchive<Box<dyn ReadSeek>>;

/// Opens an archive and reads its directory.
///
/// # Errors
/// When it is none, or is too large.
pub(super) fn open(source: &Source) -> Result<Archive, FileError> {
    let mut reader = source.open()?;
    let bytes = reader.seek(io::SeekFrom::End(0))?;
    if bytes > MAX_ARCHIVE_BYTES {
        let what = format!("more than {MAX_ARCHIVE_BYTES} bytes");
        return Err(FileError::Archive { what });
    }
    reader.rewind()?;
    let archive = ZipArchive::new(reader).map_err(|_zip| damaged("its directory"))?;
    if archive.len() > MAX_PARTS {
        return Err(FileError::Archive { what: format!("more than {MAX_PARTS} parts") });
    }
    Ok(archive)
}

/// What an archive is, by the names of its parts.
pub(super) fn kind(source: &Source) -> Result<FileKind, FileError> {
    let names = names(&open(source)?);
    if names.iter().any(|name| name == "xl/workbook.xml") {
        Ok(FileKind::Xlsx)
    } else if names.iter().any(|name| is_import_csv(name)) {
        Ok(FileKind::Uwazi)
    } else if names.iter().any(|name| is_geojson(name)) {
        Ok(FileKind::Comapeo)
    } else {
        Err(FileError::NothingInside { wanted: "workbook, import.csv or GeoJSON" })
    }
}

/// Names that do not read are of nothing that is looked for.
fn names(archive: &Archive) -> Vec<String> {
    archive.file_names().filter_map(Result::ok).map(Cow::into_owned).collect()
}

pub(super) fn is_import_csv(name: &str) -> bool {
    name == "import.csv" || name.ends_with("/import.csv")
}

pub(super) fn is_geojson(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".geojson") && !name.starts_with("__macosx/")
}

/// Reads one part, the first whose name fits, within the limit.
pub(super) fn with_part<T>(
    source: &Source,
    fits: fn(&str) -> bool,
    wanted: &'static str,
    read: impl FnOnce(&mut dyn Read) -> Result<T, FileError>,
) -> Result<T, FileError> {
    let mut archive = open(source)?;
    let name = names(&archive).into_iter().find(|name| fits(name));
    let name = name.ok_or(FileError::NothingInside { wanted })?;
    let part = archive.by_name(&name).map_err(|_zip| damaged(wanted))?;
    read(&mut Counted { part, left: MAX_PART_BYTES })
}

/// Inflates parts to count them, so that somebody else may read them whole.
///
/// # Errors
/// When one is larger than `limit` says, or does not read.
pub(super) fn check(source: &Source, limit: &dyn Fn(&str) -> u64) -> Result<(), FileError> {
    let mut archive = open(source)?;
    let mut left = MAX_INFLATED_BYTES;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|_zip| damaged("a part"))?;
        let most = part.name().map_or(0, |name| limit(&name)).min(left);
        let mut counted = part.take(most.saturating_add(1));
        let read = io::copy(&mut counted, &mut io::sink()).map_err(|_io| damaged("a part"))?;
        if read > most {
            let what = format!("a part inflates to more than {most} bytes");
            return Err(FileError::Archive { what });
        }
        left -= read;
    }
    Ok(())
}

struct Counted<R> {
    part: R,
    left: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(buffer)?;
        let too_large = || io::Error::other("a part of the archive inflates to too much");
        self.left = self.left.checked_sub(read as u64).ok_or_else(too_large)?;
        Ok(read)
    }
}

pub(super) fn damaged(what: &str) -> FileError {
    FileError::Damaged { what: what.to_owned() }
}
