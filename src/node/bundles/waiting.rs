//! Parts that wait for an earlier one, kept in the home sealed as they came.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{files, importing::Given};
use crate::{api::ApiError, crypto::DeviceKeys};

/// Files that are kept.
const MAX_FILES: usize = 64;
/// Files that are kept of one organisation: a member could else leave no room for others.
pub(super) const MAX_FILES_OF_ONE: usize = 16;
/// Bytes of all files that are kept.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The folder of parts that wait.
pub(super) struct Store(PathBuf);

impl Store {
    pub(super) fn of(home: &Path) -> Self {
        Self(crate::store::HomePaths::new(home).bundles())
    }

    /// The parts that wait; none if there is no folder.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let mut found: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        found.retain(|path| path.extension().is_none_or(|ending| ending != files::UNFINISHED));
        found.sort();
        found
    }

    /// Keeps what waits and is not kept yet, as far as there is room, and forgets what was taken as a
    /// whole. Whatever else became of what is kept (its maker was suspended, the disk failed), it
    /// stays: it may be the only copy. Notes in each file whether it is kept.
    pub(super) fn keep(&self, files: &mut [Given], keys: &DeviceKeys) -> Result<(), ApiError> {
        for file in files.iter_mut().filter(|file| file.stored && file.is_done()) {
            drop(fs::remove_file(&file.path));
            file.kept = false;
        }
        for at in 0..files.len() {
            let Some(file) = files.get(at).filter(|it| !it.stored && it.is_to_be_kept()) else {
                continue;
            };
            let of_org = files.iter().filter(|it| it.kept && it.org == file.org);
            let kept = of_org.count() < MAX_FILES_OF_ONE && {
                let kept = self.keep_one(file, keys);
                kept.map_err(|error| files::not_written(&self.0, &error))?
            };
            if let Some(file) = files.get_mut(at) {
                file.kept = kept;
            }
        }
        Ok(())
    }

    /// Copies a file here, unless it is here or there is no room. Whether it is here, durably.
    fn keep_one(&self, file: &Given, keys: &DeviceKeys) -> std::io::Result<bool> {
        let random = file.digest.as_ref().and_then(|digest| digest.first_chunk());
        let (Some(random), Some(info)) = (random, file.info()) else { return Ok(false) };
        let path = self.0.join(files::name(random));
        if path.exists() {
            return Ok(true);
        }
        let held = self.files();
        let sizes = held.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len()));
        let size = fs::metadata(&file.path)?.len();
        if held.len() >= MAX_FILES || sizes.sum::<u64>().saturating_add(size) > MAX_BYTES {
            return Ok(false);
        }
        let mut folder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.recursive(true).create(&self.0)?;
        let new = path.with_extension(files::UNFINISHED);
        drop(fs::remove_file(&new));
        let mut out = files::create_new(&new)?;
        // No more than was seen: a medium may grow while it is read.
        let copied = files::open_file(&file.path)
            .and_then(|from| std::io::copy(&mut from.take(size), &mut out))
            .and_then(|_bytes| out.sync_all());
        // What is kept is what was checked, whatever the medium answers.
        let same = copied.is_ok()
            && files::open_again(&new, keys, info).is_ok_and(|part| part.check().is_ok());
        if !same {
            drop(fs::remove_file(&new));
            return copied.map(|()| false);
        }
        fs::rename(&new, &path)?;
        files::sync_folder(&self.0)?;
        Ok(true)
    }
}
