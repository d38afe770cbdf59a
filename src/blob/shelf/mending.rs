//! When the disk changed what lies on it: what still verifies stays, and the rest can be fetched
//! again.

use std::io;

use super::{Shelf, ShelfError};
use crate::{
    blob::{Bitmap, Manifest, SEGMENT_BYTES, manifest::digest_of},
    model::id::BlobId,
    store::files::{atomic, read_up_to},
};

impl Shelf {
    /// Looks through a whole blob. If some of it is damaged, it counts as fetched in part from then
    /// on. Says whether that is so.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn mend(&self, id: &BlobId) -> Result<bool, ShelfError> {
        let manifest = match self.held(id)? {
            Some(held) if held.segments.is_full() => held.manifest,
            Some(_part) => return Ok(false),
            None => match self.list_anew(id)? {
                Some(manifest) => manifest,
                None => return Ok(false),
            },
        };
        let mut good = Bitmap::none(manifest.segments());
        for segment in 0..manifest.segments() {
            match self.read(&manifest, segment) {
                Ok(_bytes) => good.set(segment, true),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
                Err(error) => return Err(error.into()),
            }
        }
        if good.is_full() {
            return Ok(false);
        }
        self.demote(&manifest, &good)?;
        Ok(true)
    }

    /// A segment of a whole blob does not verify: it is one of those to be fetched.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn lose(&self, manifest: &Manifest, segment: usize) -> Result<(), ShelfError> {
        let mut good = Bitmap::all(manifest.segments());
        good.set(segment, false);
        self.demote(manifest, &good)
    }

    fn demote(&self, manifest: &Manifest, good: &Bitmap) -> Result<(), ShelfError> {
        let id = manifest.id();
        // First what counts once the blob has lost its name.
        atomic::write(&*self.files, &self.path(&id, "have"), good.as_bytes())?;
        match self.files.rename(&self.path(&id, "blob"), &self.path(&id, "part")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        let part = self.files.open(&self.path(&id, "part"))?;
        if part.len()? != manifest.length() {
            part.set_len(manifest.length())?;
        }
        Ok(self.files.sync_dir(&self.root)?)
    }

    /// Makes the list of a blob's segments again from the segments; none if they are not those.
    fn list_anew(&self, id: &BlobId) -> Result<Option<Manifest>, ShelfError> {
        let path = self.path(id, "blob");
        let Some(length) = self.length_of(&path)? else { return Ok(None) };
        let file = self.files.open(&path)?;
        let (mut digests, mut begin) = (Vec::new(), 0_u64);
        while begin < length {
            let segment = read_up_to(&*file, begin, SEGMENT_BYTES)?;
            digests.push(digest_of(&segment));
            begin = begin.saturating_add(SEGMENT_BYTES as u64);
        }
        let manifest = Manifest::new(length, &digests).ok().filter(|it| it.id() == *id);
        if let Some(manifest) = &manifest {
            atomic::write(&*self.files, &self.path(id, "manifest"), manifest.as_bytes())?;
        }
        Ok(manifest)
    }
}
