//! Making the copies that are shared, and sealing files.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use super::{
    failed, not_opened, not_scrubbed,
    writing::{open_file, read_small},
};
use crate::{
    api::{ApiError, Progress},
    blob::BlobRef,
    exchange::evidence::{
        Describing, Found,
        scrub::{MAX_SCRUBBED_BYTES, ScrubError, scrub},
        thumbnail::thumbnail,
    },
    node::{errors, requests::evidence::Sealing},
};

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// Whether what a file says of itself is taken out of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Scrubbed,
    AsItIs,
}

/// A copy that was sealed.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) blob: BlobRef,
    pub(super) thumbnail: Option<BlobRef>,
    pub(super) found: Found,
}

impl Copied {
    fn alone((blob, found): (BlobRef, Found)) -> Self {
        Self { blob, thumbnail: None, found }
    }
}

/// What a copy is made of.
#[derive(Debug)]
pub(super) enum Source {
    /// A file that a person made.
    File(PathBuf),
    /// The sealed original, which must have this digest.
    Blob { blob: BlobRef, sha256: Option<String> },
}

impl Source {
    /// Copies it.
    pub(super) fn copy(
        self,
        how: How,
        sealing: Sealing,
        progress: impl Fn(Progress) + Send + 'static,
    ) -> Result<Copied, ApiError> {
        match (self, how) {
            (Self::File(file), How::AsItIs) => {
                let (opened, size) = open_file(&file)?;
                seal(sealing, opened, size, progress).map(Copied::alone)
            }
            (Self::File(file), How::Scrubbed) => {
                let (mut opened, size) = open_file(&file)?;
                let bytes = read_small(&mut opened, size)?;
                seal_scrubbed(&bytes, sealing, progress)
            }
            (Self::Blob { blob, sha256 }, How::Scrubbed) => {
                if blob.size > MAX_SCRUBBED_BYTES {
                    return Err(not_scrubbed(&ScrubError::TooLarge(blob.size)));
                }
                let mut bytes = Vec::new();
                let opened = sealing.shelf.get(&blob, &mut bytes, |_, _| {});
                opened.map_err(|error| not_opened(&error))?;
                let mut seen = Describing::new(io::empty());
                seen.note(&bytes);
                check_digest(sha256.as_deref(), &seen.finish())?;
                seal_scrubbed(&bytes, sealing, progress)
            }
            (Self::Blob { blob, sha256 }, How::AsItIs) => {
                // Opened and sealed anew at once: it never lies open on the disk, nor in memory as a
                // whole, and the original's key stays with the original.
                let (reader, mut writer) = io::pipe().map_err(|error| failed(&error))?;
                let (shelf, copies) = (sealing.shelf.clone(), sealing.shelf.clone());
                let size = blob.size;
                let opening = std::thread::spawn(move || shelf.get(&blob, &mut writer, |_, _| {}));
                let sealed = seal(sealing, reader, size, progress);
                let opened =
                    opening.join().map_err(|_panic| errors::internal("opening panicked"))?;
                let (copied, found) = sealed?;
                let checked = opened
                    .map_err(|error| not_opened(&error))
                    .and_then(|()| check_digest(sha256.as_deref(), &found));
                if let Err(error) = checked {
                    // A valid blob, but of a part of the file, or of another.
                    copies.remove(&copied.id)?;
                    return Err(error);
                }
                Ok(Copied::alone((copied, found)))
            }
        }
    }
}

/// Whether what was opened is what the record is about: a copy is made of nothing else.
fn check_digest(said: Option<&str>, found: &Found) -> Result<(), ApiError> {
    if said.is_none_or(|said| said == found.sha256) {
        return Ok(());
    }
    Err(errors::refused(
        "the sealed file is not the one that the record describes: its digest is another",
    )
    .hint("look at it with `ceiba evidence get` before anything of it is shared")
    .named("evidence-other-file", &[]))
}

fn seal_scrubbed(
    bytes: &[u8],
    sealing: Sealing,
    progress: impl Fn(Progress) + Send + 'static,
) -> Result<Copied, ApiError> {
    let copy = scrub(bytes).map_err(|error| not_scrubbed(&error))?;
    let small = thumbnail(&copy.bytes);
    let small = small.map(|small| {
        let (secret, number) = (sealing.second_secret.clone(), sealing.number.wrapping_add(1));
        let size = small.len() as u64;
        sealing.shelf.put(number, secret, small.as_slice(), size, |_| {})
    });
    let small = small.transpose()?.map(|sealed| sealed.reference);
    let size = copy.bytes.len() as u64;
    let shelf = sealing.shelf.clone();
    let sealed = seal(sealing, copy.bytes.as_slice(), size, progress);
    if sealed.is_err()
        && let Some(small) = &small
    {
        shelf.remove(&small.id)?;
    }
    let (blob, found) = sealed?;
    let found = Found { mime: copy.mime.to_owned(), ..found };
    Ok(Copied { blob, thumbnail: small, found })
}

/// Seals what a reader gives, in constant memory.
pub(super) fn seal(
    sealing: Sealing,
    file: impl Read,
    size: u64,
    progress: impl Fn(Progress),
) -> Result<(BlobRef, Found), ApiError> {
    let Sealing { shelf, secret, number, second_secret: _ } = sealing;
    let mut reader = Describing::new(io::BufReader::with_capacity(CHUNK, file));
    let told = |done: u64| progress(Progress::of("sealing the file", done.min(size), size));
    let sealed = shelf.put(number, secret, &mut reader, size, told)?;
    Ok((sealed.reference, reader.finish()))
}
