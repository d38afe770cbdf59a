//! Parts that wait for an earlier one, kept in the home sealed as they came.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{files, importing::Given};
use crate::api::ApiError;

/// Files that are kept.
const MAX_FILES: usize = 64;
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
            entries.filter_map(|entry| Some(entry.ok()?.path())).take(MAX_FILES).collect();
        found.sort();
        found
    }

    /// Keeps what waits and is not kept yet, as far as there is room, and forgets what waits no
    /// more. Notes in each file whether it is kept.
    pub(super) fn keep(&self, files: &mut [Given]) -> Result<(), ApiError> {
        for file in files.iter_mut().filter(|file| file.stored && !file.is_to_be_kept()) {
            drop(fs::remove_file(&file.path));
            file.kept = false;
        }
        for file in files.iter_mut().filter(|file| !file.stored && file.is_to_be_kept()) {
            file.kept = self.keep_one(file).map_err(|error| files::not_written(&self.0, &error))?;
        }
        Ok(())
    }

    /// Copies a file here, unless it is here or there is no room. Whether it is.
    fn keep_one(&self, file: &Given) -> std::io::Result<bool> {
        let Some(random) = file.digest.as_ref().and_then(|digest| digest.first_chunk()) else {
            return Ok(false);
        };
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
        fs::create_dir_all(&self.0)?;
        let mut out = files::create_new(&path)?;
        let copied = fs::File::open(&file.path)
            .and_then(|mut from| std::io::copy(&mut from, &mut out))
            .and_then(|_bytes| out.sync_all());
        if copied.is_err() {
            drop(fs::remove_file(&path));
        }
        copied.map(|()| true)
    }
}
